"""Whether a meter credits what its supplier has sold, once, and nothing else."""

from collections.abc import Iterator

from firmware_sim.bench.commands.requests import Floors
from firmware_sim.bench.commands.uses import top_up
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.experiments.board_check.checked_device import (
    SUITE,
    CheckedDevice,
    replacement,
    response_in,
)
from firmware_sim.bench.experiments.board_check.forged_certificates import own_key
from firmware_sim.devices.links.board_errors import BoardResetError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.floors import SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import (
    CellUsage,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.utrn import COUNTER_STEP, TopUpParties, ValueClass, make_utrn
from firmware_sim.hw.engine.errors import PowerLostError
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import RefusalReason

METERS = frozenset((DeviceType.ESME, DeviceType.GSME))
PREPAYMENT = TrustAnchorCellId(
    RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP
)

_PENCE = 100
_CREDIT = _PENCE * 1000
"""What that adds to the balance, in thousandths of a penny."""
_CUTS = range(0, 32, 4)
"""Flash operations of a top-up: 24 where it is one transaction, 28 where it is two."""


def forged(device: CheckedDevice) -> Iterator[str]:
    """Tokens by another key and for another meter."""
    neighbour = device_entity_id(device.contact.device_type, 1)
    tokens = {
        "a token by another key": _token(device, 1, key=own_key("prepayment")),
        "a token for another meter": _token(device, 2, target=neighbour),
    }
    for number, (what, digits) in enumerate(tokens.items(), 1):
        yield from _not_credited(
            device, _command(device, number, digits), RefusalReason.TOP_UP_NOT_AUTHENTIC, what
        )
    yield from _credited(device, _good(device, 3), "a good token")


def spent(device: CheckedDevice) -> Iterator[str]:
    """A token a second time: at once, after a loss of power, and typed in."""
    command = _good(device, 1)
    yield from _credited(device, command, "a good token")
    duplicate = RefusalReason.DUPLICATE_TOP_UP
    yield from _not_credited(device, command, duplicate, "a token that is spent")
    device.reset()
    what = "a token that was spent before the power was lost"
    yield from _not_credited(device, command, duplicate, what)
    typed_in = device.enter(_token(device, 1))
    if typed_in is not None and typed_in.refusal is None:
        yield "a token that is spent was credited when it was typed in"


def together(device: CheckedDevice) -> Iterator[str]:
    """Balance and spent counter, with the power lost at each step of a top-up."""
    if device.cut is None or device.balance() is None:
        yield from _credited(device, _good(device, 1), "a good token")
        return
    for number, operation in enumerate(_CUTS, 1):
        command, before = _good(device, number), device.balance()
        device.cut(operation)
        cut_short = _sent(device, command)
        device.reset()
        device.send(command)
        added = (device.balance() or 0) - (before or 0)
        if added != _CREDIT:
            when = "with the power lost on the way" if cut_short is None else "undisturbed"
            yield f"a token of {_CREDIT} changed the balance by {added}, {when}"


def floor(device: CheckedDevice) -> Iterator[str]:
    """Tokens at and above the floor that came with a new prepayment key."""
    lowest = 5
    floors = Floors(1, (SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, lowest * COUNTER_STEP),))
    renewed = (replacement(PREPAYMENT),)
    device.send(device.update(ReplacementMode.SUPPLIER_BY_SUPPLIER, renewed, floors=floors))
    for number in (1, lowest):
        command = _command(device, number, _token(device, number, generation=2))
        reason = RefusalReason.TOP_UP_BELOW_FLOOR
        yield from _not_credited(device, command, reason, "a token that is not above the floor")
    above = _command(device, lowest + 1, _token(device, lowest + 1, generation=2))
    yield from _credited(device, above, "a token above the floor")
    old = _command(device, lowest + 2, _token(device, lowest + 2))
    reason = RefusalReason.TOP_UP_NOT_AUTHENTIC
    yield from _not_credited(device, old, reason, "a token by the key that was replaced")


def _good(device: CheckedDevice, number: int) -> Message:
    return _command(device, number, _token(device, number))


def _command(device: CheckedDevice, number: int, digits: str) -> Message:
    counter = number * COUNTER_STEP
    return device.use(top_up(device.contact.device_type, counter, digits.encode()), counter)


def _token(
    device: CheckedDevice,
    number: int,
    *,
    key: bytes | None = None,
    generation: int = 1,
    target: EntityId | None = None,
) -> str:
    parties = TopUpParties(
        device.keys.originator(RemotePartyRole.SUPPLIER),
        target or device.contact.entity_id,
        SUITE.agree(key or device.key_of(PREPAYMENT, generation), device.contact.agreement_key),
    )
    return str(make_utrn(parties, number * COUNTER_STEP, ValueClass.PENCE, _PENCE, SUITE))


def _credited(device: CheckedDevice, command: Message, what: str) -> Iterator[str]:
    if not _is_credited(device, device.send(command)):
        yield f"{what} was not credited"


def _not_credited(
    device: CheckedDevice, command: Message, reason: RefusalReason, what: str
) -> Iterator[str]:
    effects = device.send(command)
    if effects.refusal is None or _is_credited(device, effects):
        yield f"{what} was credited"
    elif effects.refusal.reason is not reason:
        yield f"{what} was refused as {effects.refusal.reason.label}, not as {reason.label}"


def _is_credited(device: CheckedDevice, effects: Effects) -> bool:
    """By the result in the answer: of DLMS the last octet, of ZCL the first behind the header."""
    octets = response_in(effects)
    if octets is None:
        return False
    payload = parse_message(octets).payload
    at = -1 if device.contact.device_type is DeviceType.ESME else 11
    return payload[at] == 0


def _sent(device: CheckedDevice, command: Message) -> Effects | None:
    """None if the power was lost."""
    try:
        return device.send(command)
    except (BoardResetError, PowerLostError):
        return None
