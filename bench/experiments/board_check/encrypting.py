"""Whether values are encrypted for the key that the reader's cell holds now, and for no other."""

from collections.abc import Iterator

from firmware_sim.bench.commands.responses import check_mac, response_to
from firmware_sim.bench.commands.uses import read_registers
from firmware_sim.bench.experiments.board_check.checked_device import (
    SUITE,
    CheckedDevice,
    replacement,
    response_in,
)
from firmware_sim.gbcs.dlms_access import AccessResponse
from firmware_sim.gbcs.dlms_protection import Titles, item_of
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.sensitive import ItemKey, decrypted
from firmware_sim.gbcs.zcl import read_frames

READ = frozenset((DeviceType.ESME, DeviceType.GSME, DeviceType.GPF))
_SUPPLIER = RemotePartyRole.SUPPLIER
_AGREEMENT = TrustAnchorCellId(_SUPPLIER, KeyUsage.KEY_AGREEMENT)


def encryption(device: CheckedDevice) -> Iterator[str]:
    """A reading before and after the supplier's key agreement key is replaced."""
    yield from _wrong(device, 1, "a reading")
    device.send(device.update(device.commanding.steady_mode, (replacement(_AGREEMENT),)))
    yield from _wrong(device, 2, "a reading after the key was replaced")


def _wrong(device: CheckedDevice, generation: int, what: str) -> Iterator[str]:
    kind, counter = device.contact.device_type, device.next_counter()
    titles = Titles(counter, device.keys.originator(_SUPPLIER), device.contact.entity_id)
    command = device.use(read_registers(kind, titles, _SUPPLIER), counter)
    octets = response_in(device.send(command))
    if octets is None:
        yield f"{what} was not answered"
        return
    secret = SUITE.agree(device.key_of(_AGREEMENT, generation), device.contact.agreement_key)
    try:
        answer = response_to(command, octets)
        check_mac(answer, device.contact, secret, SUITE)
        item = _item(kind, answer, titles)
    except RemoteError as error:
        yield f"{what}: {error}"
        return
    key = ItemKey(secret, device.contact.entity_id, titles.originator, counter)
    try:
        decrypted(item, key, SUITE)
    except RemoteError:
        yield f"{what}: its values do not open with the key that the cell holds"


def _item(kind: DeviceType, answer: Message, titles: Titles) -> bytes:
    if kind is DeviceType.ESME:
        [outcome] = AccessResponse.decode(answer.payload).outcomes
        return item_of(outcome.data, titles)
    [frame] = read_frames(answer.payload)
    if not frame.is_encrypted:
        raise RemoteError("its values are not encrypted")
    return frame.content
