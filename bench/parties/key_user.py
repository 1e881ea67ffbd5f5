"""A party that has devices use its keys: it is answered, verifies the answer and opens values."""

from collections.abc import Callable

from firmware_sim.bench.commands.compose import Content
from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.protection import AgreementKey, Signer
from firmware_sim.bench.commands.responses import check_mac, check_signature
from firmware_sim.bench.parties.party import Originator, Party
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.dlms_protection import Titles
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.sensitive import ItemKey, decrypted
from firmware_sim.gbcs.sensitive_items import items_in
from firmware_sim.gbcs.uses import USES


class KeyUser(Party):
    """Sends the commands of `firmware_sim.gbcs.uses`.

    Args:
        reader: its own key agreement key, with which answers are verified and opened.
        others: as for `Party`.
    """

    def __init__(
        self,
        originator: Originator,
        signer: Signer,
        counters: OriginatorCounters,
        suite: CryptoSuite,
        broker: AgreementKey,
        reader: AgreementKey,
    ) -> None:
        super().__init__(originator, signer, counters, suite, broker)
        self._reader = reader

    def use(
        self,
        device: DeviceContact,
        make: Callable[[Titles], Content],
        counter: int | None = None,
    ) -> Message:
        """The command that `make` gives for a header.

        Args:
            counter: the Originator Counter, which is a token's; None for the organisation's next.
        """
        chosen = self._counters.next(device.entity_id) if counter is None else counter
        titles = Titles(chosen, self.entity_id, device.entity_id)
        return self._composed(make(titles), device, chosen)

    def opened(self, answer: Message, device: DeviceContact) -> tuple[bytes, ...]:
        """The plain values of every encrypted item of an answer; none if it has none.

        Raises:
            RemoteError: an item is for another key, or was altered.
        """
        secret = self._reader.secret_with(device.agreement_key)
        key = ItemKey(secret, answer.originator, answer.target, answer.counter)
        return tuple(decrypted(item, key, self._suite) for item in items_in(answer))

    def _check_protection(self, response: Message, device: DeviceContact) -> None:
        if USES[response.code].signed:
            check_signature(response, device, self._suite)
        else:
            check_mac(response, device, self._reader.secret_with(device.agreement_key), self._suite)
