"""Each protection that a device must have, tried by itself: all is right but what it guards.

What must be refused is protected by present keys wherever that is not the very point, and would
change a cell or bring an answer: a device that lacks the protection is seen to obey.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from firmware_sim.bench.commands.requests import Floors
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.experiments.board_check.answering import alert, answer
from firmware_sim.bench.experiments.board_check.durability import commit
from firmware_sim.bench.experiments.board_check.forged_certificates import (
    by_a_party,
    by_own_authority,
    own_key,
    signed_by_another,
)
from firmware_sim.bench.experiments.board_check.meter import (
    CheckedMeter,
    Falsehood,
    identifiers,
    pki,
    replacement,
)
from firmware_sim.bench.experiments.board_check.refusing import refused, unchanged
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    ROOT_CELL,
    CellUsage,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.machine.refusals import RefusalReason

_SUPPLIER, _OPERATOR = RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR
SIGNING = TrustAnchorCellId(_SUPPLIER, KeyUsage.DIGITAL_SIGNATURE)
AGREEMENT = TrustAnchorCellId(_SUPPLIER, KeyUsage.KEY_AGREEMENT)
TOP_UP = TrustAnchorCellId(_SUPPLIER, KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP)
OPERATOR_SIGNING = TrustAnchorCellId(_OPERATOR, KeyUsage.DIGITAL_SIGNATURE)
BY_SUPPLIER = ReplacementMode.SUPPLIER_BY_SUPPLIER
_BY_RECOVERY = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY
_BY_CONTINGENCY = ReplacementMode.ANY_BY_CONTINGENCY


class Protection(NamedTuple):
    """One protection.

    Attributes:
        name: what it is about.
        shown: what a device shows that has it.
        faults: what a new meter does wrong, in words; nothing if it has the protection.
    """

    name: str
    shown: str
    faults: Callable[[CheckedMeter], Iterator[str]]


def _counter(meter: CheckedMeter) -> Iterator[str]:
    first = meter.update(BY_SUPPLIER, (replacement(AGREEMENT),))
    back = meter.update(BY_SUPPLIER, (replacement(AGREEMENT, 1),))
    question = meter.read()
    for command in (first, back, question):
        meter.send(command)
    reason = RefusalReason.REPLAYED
    yield from refused(meter, lambda: first, reason, "an update that was sent again")
    yield from refused(meter, lambda: question, reason, "a reading that was sent again")


def _recipient(meter: CheckedMeter) -> Iterator[str]:
    neighbour = Falsehood(target=device_entity_id(DeviceType.ESME, 1))
    what = "{} for another device"
    return _false(meter, neighbour, RefusalReason.NOT_ADDRESSED_TO_US, what, ACB_KEY_AGREEMENT)


def _signature(meter: CheckedMeter) -> Iterator[str]:
    false, what = Falsehood(signer=own_key("signer")), "{} signed with another key"
    return _false(meter, false, RefusalReason.BAD_SIGNATURE, what, SIGNING)


def _mac(meter: CheckedMeter) -> Iterator[str]:
    false, what = Falsehood(mac=own_key("broker")), "{} with the MAC of another key"
    return _false(meter, false, RefusalReason.BAD_MAC, what, ACB_KEY_AGREEMENT)


def _authority(meter: CheckedMeter) -> Iterator[str]:
    false = Falsehood(originator=meter.keys.originator(_OPERATOR))
    what = "{} in the name of another party"
    return _false(meter, false, RefusalReason.NO_AUTHORITY, what, SIGNING)


def _false(
    meter: CheckedMeter,
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
    new = (replacement(AGREEMENT),)
    update = partial(meter.update, BY_SUPPLIER, new, false=false)
    yield from refused(meter, update, reason, what.format("an update"))
    yield from refused(
        meter, partial(meter.read, asking, false=false), reason, what.format("a reading")
    )


def _path(meter: CheckedMeter) -> Iterator[str]:
    tries = {
        "a certificate that another key signed": signed_by_another(AGREEMENT),
        "a certificate of an authority that the root never certified": by_own_authority(AGREEMENT),
        "a certificate that a party issued": by_a_party(AGREEMENT),
    }
    for what, (forged, path) in tries.items():
        yield from unchanged(meter, meter.update(BY_SUPPLIER, (forged,), path=path), what)


def _key_usage(meter: CheckedMeter) -> Iterator[str]:
    for cell, other in ((SIGNING, AGREEMENT), (AGREEMENT, SIGNING)):
        wrong = Replacement(replacement(other).certificate, cell)
        what = f"the {other.key_usage.label} certificate in {cell}"
        yield from unchanged(meter, meter.update(BY_SUPPLIER, (wrong,)), what)


def _role(meter: CheckedMeter) -> Iterator[str]:
    update = meter.update(BY_SUPPLIER, (replacement(OPERATOR_SIGNING),))
    what = "an update of the network operator's cell by the supplier"
    yield from unchanged(meter, update, what)


def _floor(meter: CheckedMeter) -> Iterator[str]:
    floors = Floors(authorising=1)
    captured = meter.update(BY_SUPPLIER, (replacement(AGREEMENT),))
    lowering = meter.update(BY_SUPPLIER, (replacement(AGREEMENT, 1),), floors=floors)
    meter.send(captured)
    meter.send(lowering)
    if meter.held().counters[_SUPPLIER] < lowering.counter:
        yield "a floor lowered the counter of a signing key that stays"
    what = "a captured update, sent again after a low floor"
    yield from refused(meter, lambda: captured, RefusalReason.REPLAYED, what)
    meter.send(meter.update(BY_SUPPLIER, (replacement(SIGNING),), floors=floors))
    if meter.held().counters[_SUPPLIER] != 1:
        yield "the counter does not begin at the floor that came with a new signing key"


def _root(meter: CheckedMeter) -> Iterator[str]:
    cells = (ROOT_CELL, *_cells_but(meter, AGREEMENT))
    renewed = tuple(replacement(cell, 2, 2) for cell in cells)
    path = (pki().issuing(2).octets,)
    meter.send(meter.update(_BY_CONTINGENCY, renewed, path=path))
    # Which of its keys the Broker must use tells whether the command was carried out at all.
    held = meter.held(2)
    if held.cells[ROOT_CELL] != identifiers(ROOT_CELL):
        yield "the root cell still holds the old root, which was replaced"
    below_old = meter.update(BY_SUPPLIER, (replacement(AGREEMENT),), generation=2)
    yield from unchanged(meter, below_old, "a certificate under the old root", generation=2)
    below_new = meter.update(BY_SUPPLIER, (replacement(AGREEMENT, 2, 2),), path=path, generation=2)
    meter.send(below_new)
    if meter.held(2).cells[AGREEMENT] != identifiers(AGREEMENT):
        yield "a certificate under the new root was not taken"


def _every_cell(meter: CheckedMeter) -> Iterator[str]:
    covered = REPLACEMENT_RULES[_BY_RECOVERY].may_replace
    cells = tuple(cell for cell in _cells_but(meter) if covered(cell))
    meter.send(meter.update(_BY_RECOVERY, tuple(map(replacement, cells))))
    held = meter.held(2)
    for cell in cells:
        if held.cells[cell] != identifiers(cell):
            yield f"{cell} does not hold its new certificate"


def _cells_but(meter: CheckedMeter, *left_out: TrustAnchorCellId) -> tuple[TrustAnchorCellId, ...]:
    """The cells of parties, in a fixed order."""
    others = {ROOT_CELL, *left_out}
    return tuple(sorted(meter.contact.cells - others, key=str))


def _commit(meter: CheckedMeter) -> Iterator[str]:
    return commit(meter, AGREEMENT, lambda: meter.update(BY_SUPPLIER, (replacement(AGREEMENT),)))


def _answer(meter: CheckedMeter) -> Iterator[str]:
    update = meter.update(BY_SUPPLIER, (replacement(AGREEMENT),))
    return answer(meter, {"an update": update, "a supplier's reading": meter.read(SIGNING)})


def _alert(meter: CheckedMeter) -> Iterator[str]:
    fresh = (replacement(AGREEMENT),)
    false = Falsehood(signer=own_key("signer"))
    other = Falsehood(originator=meter.keys.originator(_OPERATOR))
    done = meter.read(SIGNING)
    meter.send(done)
    commands = {
        RefusalReason.BAD_SIGNATURE: meter.update(BY_SUPPLIER, fresh, false=false),
        RefusalReason.NO_AUTHORITY: meter.update(BY_SUPPLIER, fresh, false=other),
        RefusalReason.REPLAYED: done,
    }
    return alert(meter, meter.keys.originator(_SUPPLIER), commands)


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
)
"""Every one, in the order in which they are tried."""
