"""Each protection that a device must have, tried by itself: all is right but what it guards.

What must be refused is protected by present keys wherever that is not the very point, and would
change a cell or bring an answer: a device that lacks the protection is seen to obey.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from firmware_sim.bench.commands.requests import Floors
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.experiments.board_check import top_ups
from firmware_sim.bench.experiments.board_check.answering import alert, answer
from firmware_sim.bench.experiments.board_check.checked_device import (
    CheckedDevice,
    Falsehood,
    identifiers,
    pki,
    replacement,
)
from firmware_sim.bench.experiments.board_check.commanding import COMMANDING
from firmware_sim.bench.experiments.board_check.durability import commit
from firmware_sim.bench.experiments.board_check.encrypting import READ, encryption
from firmware_sim.bench.experiments.board_check.forged_certificates import (
    by_a_party,
    by_own_authority,
    own_key,
    signed_by_another,
)
from firmware_sim.bench.experiments.board_check.refusing import refused, unchanged
from firmware_sim.bench.experiments.board_check.top_ups import METERS
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    ROOT_CELL,
    DeviceType,
    TrustAnchorCellId,
)
from firmware_sim.machine.refusals import RefusalReason

_BY_RECOVERY = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY
_BY_CONTINGENCY = ReplacementMode.ANY_BY_CONTINGENCY


class Protection(NamedTuple):
    """One protection.

    Attributes:
        name: what it is about.
        shown: what a device shows that has it.
        faults: what a new device does wrong, in words; nothing if it has the protection.
        types: the device types that must have it.
    """

    name: str
    shown: str
    faults: Callable[[CheckedDevice], Iterator[str]]
    types: frozenset[DeviceType] = frozenset(COMMANDING)


def _steady(device: CheckedDevice, generation: int = 2) -> Message:
    """An update after which the same key can command again."""
    commanding = device.commanding
    return device.update(commanding.steady_mode, (replacement(commanding.steady, generation),))


def _counter(device: CheckedDevice) -> Iterator[str]:
    first, back, question = _steady(device), _steady(device, 1), device.read()
    for command in (first, back, question):
        device.send(command)
    reason = RefusalReason.REPLAYED
    yield from refused(device, lambda: first, reason, "an update that was sent again")
    yield from refused(device, lambda: question, reason, "a reading that was sent again")


def _recipient(device: CheckedDevice) -> Iterator[str]:
    neighbour = Falsehood(target=device_entity_id(device.contact.device_type, 1))
    what = "{} for another device"
    return _false(device, neighbour, RefusalReason.NOT_ADDRESSED_TO_US, what, ACB_KEY_AGREEMENT)


def _signature(device: CheckedDevice) -> Iterator[str]:
    false, what = Falsehood(signer=own_key("signer")), "{} signed with another key"
    return _false(device, false, RefusalReason.BAD_SIGNATURE, what, device.commanding.signing)


def _mac(device: CheckedDevice) -> Iterator[str]:
    false, what = Falsehood(mac=own_key("broker")), "{} with the MAC of another key"
    return _false(device, false, RefusalReason.BAD_MAC, what, ACB_KEY_AGREEMENT)


def _authority(device: CheckedDevice) -> Iterator[str]:
    false, what = _of_another(device), "{} in the name of another party"
    return _false(device, false, RefusalReason.NO_AUTHORITY, what, device.commanding.signing)


def _of_another(device: CheckedDevice) -> Falsehood:
    return Falsehood(originator=device.keys.originator(device.commanding.foreign.role))


def _false(
    device: CheckedDevice,
    false: Falsehood,
    reason: RefusalReason,
    what: str,
    asking: TrustAnchorCellId,
) -> Iterator[str]:
    """An update and a reading that are right in all but one point.

    Args:
        what: that point, in words.
        asking: the cell whose key protects the reading.
    """
    new = (replacement(device.commanding.own),)
    update = partial(device.update, device.commanding.mode, new, false=false)
    yield from refused(device, update, reason, what.format("an update"))
    yield from refused(
        device, partial(device.read, asking, false=false), reason, what.format("a reading")
    )


def _path(device: CheckedDevice) -> Iterator[str]:
    mode, cell = device.commanding.steady_mode, device.commanding.steady
    tries = {
        "a certificate that another key signed": signed_by_another(cell),
        "a certificate of an authority that the root never certified": by_own_authority(cell),
        "a certificate that a party issued": by_a_party(cell),
    }
    for what, (forged, path) in tries.items():
        yield from unchanged(device, device.update(mode, (forged,), path=path), what)


def _key_usage(device: CheckedDevice) -> Iterator[str]:
    one, another = device.commanding.usages
    for cell, other in ((one, another), (another, one)):
        wrong = Replacement(replacement(other).certificate, cell)
        what = f"the {other.key_usage.label} certificate in {cell}"
        update = device.update(device.commanding.steady_mode, (wrong,))
        yield from unchanged(device, update, what)


def _role(device: CheckedDevice) -> Iterator[str]:
    foreign, signing = device.commanding.foreign, device.commanding.signing
    update = device.update(device.commanding.mode, (replacement(foreign),))
    what = f"an update of {foreign} by the owner of {signing}"
    yield from unchanged(device, update, what)


def _floor(device: CheckedDevice) -> Iterator[str]:
    floors, commanding = Floors(authorising=1), device.commanding
    captured = _steady(device)
    back = (replacement(commanding.steady, 1),)
    lowering = device.update(commanding.steady_mode, back, floors=floors)
    device.send(captured)
    device.send(lowering)
    role = REPLACEMENT_RULES[commanding.steady_mode].authorising_role
    if device.held().counters[role] < lowering.counter:
        yield "a floor lowered the counter of a signing key that stays"
    what = "a captured update, sent again after a low floor"
    yield from refused(device, lambda: captured, RefusalReason.REPLAYED, what)
    renewed = (replacement(commanding.signing),)
    device.send(device.update(commanding.mode, renewed, floors=floors))
    if device.held().counters[commanding.signing.role] != 1:
        yield "the counter does not begin at the floor that came with a new signing key"


def _root(device: CheckedDevice) -> Iterator[str]:
    mode, cell = device.commanding.steady_mode, device.commanding.steady
    cells = (ROOT_CELL, *_cells_but(device, cell))
    renewed = tuple(replacement(each, 2, 2) for each in cells)
    path = (pki().issuing(2).octets,)
    device.send(device.update(_BY_CONTINGENCY, renewed, path=path))
    # Which of its keys the Broker must use tells whether the command was carried out at all.
    held = device.held(2)
    if held.cells[ROOT_CELL] != identifiers(ROOT_CELL):
        yield "the root cell still holds the old root, which was replaced"
    below_old = device.update(mode, (replacement(cell),), generation=2)
    yield from unchanged(device, below_old, "a certificate under the old root", generation=2)
    below_new = device.update(mode, (replacement(cell, 2, 2),), path=path, generation=2)
    device.send(below_new)
    if device.held(2).cells[cell] != identifiers(cell):
        yield "a certificate under the new root was not taken"


def _every_cell(device: CheckedDevice) -> Iterator[str]:
    covered = REPLACEMENT_RULES[_BY_RECOVERY].may_replace
    cells = tuple(cell for cell in _cells_but(device) if covered(cell))
    device.send(device.update(_BY_RECOVERY, tuple(map(replacement, cells))))
    held = device.held(2)
    for cell in cells:
        if held.cells[cell] != identifiers(cell):
            yield f"{cell} does not hold its new certificate"


def _cells_but(
    device: CheckedDevice, *left_out: TrustAnchorCellId
) -> tuple[TrustAnchorCellId, ...]:
    """The cells of parties, in a fixed order."""
    others = {ROOT_CELL, *left_out}
    return tuple(sorted(device.contact.cells - others, key=str))


def _commit(device: CheckedDevice) -> Iterator[str]:
    return commit(device, device.commanding.steady, lambda: _steady(device))


def _answer(device: CheckedDevice) -> Iterator[str]:
    commands = {
        "an update": _steady(device),
        "a signed reading": device.read(device.commanding.signing),
    }
    return answer(device, commands)


def _alert(device: CheckedDevice) -> Iterator[str]:
    mode, fresh = device.commanding.mode, (replacement(device.commanding.own),)
    done = device.read(device.commanding.signing)
    device.send(done)
    commands = {
        RefusalReason.BAD_SIGNATURE: device.update(
            mode, fresh, false=Falsehood(signer=own_key("signer"))
        ),
        RefusalReason.NO_AUTHORITY: device.update(mode, fresh, false=_of_another(device)),
        RefusalReason.REPLAYED: done,
    }
    return alert(device, commands)


PROTECTIONS = (
    Protection("counter", "what was sent before is refused", _counter),
    Protection("recipient", "what is for another device is refused", _recipient),
    Protection("signature", "what another key signed is refused", _signature),
    Protection("MAC", "what has the MAC of another key is refused", _mac),
    Protection("authority", "what is in another party's name is refused", _authority),
    Protection("path", "a certificate that does not lead to the root is not stored", _path),
    Protection("key usage", "a certificate for another usage is not stored", _key_usage),
    Protection("role", "a cell that the mode does not cover is not replaced", _role),
    Protection("floor", "a floor lowers a counter only with a new key", _floor),
    Protection("root", "a new root takes the place of the old one", _root),
    Protection("every cell", "each cell that is reported as replaced is", _every_cell),
    Protection("commit", "what is answered outlasts a loss of power", _commit),
    Protection("response", "responses have the device's signature", _answer),
    Protection("alert", "a refusal brings a signed alert, with its code", _alert),
    Protection("top-up", "a token by another key is not credited", top_ups.forged, METERS),
    Protection("spent token", "a token is credited once", top_ups.spent, METERS),
    Protection("balance", "balance and spent token change together", top_ups.together, METERS),
    Protection("top-up floor", "a token below the floor is not credited", top_ups.floor, METERS),
    Protection("encryption", "values open with the key that is held now", encryption, READ),
)
"""Every one, in the order in which they are tried."""
