"""The Access Control Broker: makes the MAC of every party's commands, and sends its own."""

from typing import ClassVar

from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.identity import DeviceContact, Identity, Signer
from firmware_sim.bench.commands.responses import check_mac, check_signature
from firmware_sim.bench.parties.party import Party
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.protection import with_mac
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import CS02A


class AccessControlBroker(Party):
    """Holds the key agreement key that devices check every MAC with.

    Args:
        identity: role and Entity Identifier.
        signer: its digital signing key, which only a Communications Hub checks.
        agreement_key: its 32-octet key agreement key.
        counters: its Originator Counters.
        suite: cryptography.
    """

    MODES: ClassVar[frozenset[ReplacementMode]] = frozenset({ReplacementMode.ACB_BY_ACB})

    def __init__(
        self,
        identity: Identity,
        signer: Signer,
        agreement_key: bytes,
        counters: OriginatorCounters,
        suite: CryptoSuite,
    ) -> None:
        super().__init__(identity, signer, counters, suite, broker=self)
        self._agreement_key = agreement_key

    def add_mac(self, message: Message, agreement_key: bytes) -> Message:
        """The message with a MAC for the device that has that 65-octet public key."""
        return with_mac(message, self._secret(agreement_key), self._suite)

    def read_back(
        self, device: DeviceContact, roles: tuple[RemotePartyRole, ...] | None = None
    ) -> Message:
        cell = TrustAnchorCellId(self.role, KeyUsage.KEY_AGREEMENT)
        return self.add_mac(self._query(device, cell, roles), device.agreement_key)

    def _check_protection(self, response: Message, device: DeviceContact) -> None:
        # Only the answer to CS02a is MACed; that to CS02b is signed for everybody.
        if response.code == CS02A:
            check_mac(response, device, self._secret(device.agreement_key), self._suite)
        else:
            check_signature(response, device, self._suite)

    def _secret(self, agreement_key: bytes) -> bytes:
        return self._suite.agree(self._agreement_key, agreement_key)
