"""Devices of which a drill does not know which keys they hold: what is not judged there, and why.

A command of which nothing was heard may have been carried out. Until the device is read, a later
step that depends on these cells would find fault with a device that did right.
"""

from collections.abc import Iterable

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.parsing import message_of
from firmware_sim.bench.drills.conditions import DeviceResult
from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.drills.installing import sender_at
from firmware_sim.bench.drills.selection import selected_cells
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.state import DrillState, Kept
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.outcome import Verdict
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, RULES_BY_CODE, ReplacementRule
from firmware_sim.gbcs.roles import ACB_KEY_AGREEMENT, ROOT_CELL, TrustAnchorCellId

_NOT_COME_TO = (DeviceFate.UNREACHABLE, DeviceFate.NOT_ASKED)


def why_not_judged(
    state: DrillState, contact: DeviceContact, cells: Iterable[TrustAnchorCellId]
) -> str:
    """Why what a device makes of a message says nothing, if its keys are not those of the story.

    Args:
        cells: whose keys decide what the device makes of it.

    Returns:
        Empty if the story's updates came to all of these cells.
    """
    open_cells = _open_cells(state, contact.entity_id) & set(cells)
    listed = ", ".join(sorted(map(str, open_cells)))
    return f"an update did not come to {listed}, or that is not known" if listed else ""


def why_not_sent(state: DrillState, step: UpdateStep, contact: DeviceContact) -> str:
    """Why an update that is to be accepted is not sent: the device may not know its sender.

    An update that did not come leaves the old key; whoever still has that one is known.
    """
    entity = contact.entity_id
    open_cells, known = _open_cells(state, entity), state.held[entity]
    maybe = state.conditions.maybe.get(entity, {})
    rule = REPLACEMENT_RULES[step.mode]
    authorising = rule.authorising_cell(contact.device_type)
    doubtful = open_cells & maybe.keys() & deciding_cells(rule, contact)
    if authorising in open_cells - doubtful and authorising in known:
        sender = (step.by, sender_at(state, step, entity)[1])
        held = known[authorising].issued_for.role, known[authorising].generation
        doubtful |= set() if held == sender else {authorising}
    return why_not_judged(state, contact, doubtful)


def deciding_cells(rule: ReplacementRule, contact: DeviceContact) -> set[TrustAnchorCellId]:
    """The cells of a device whose keys decide whether it obeys an update."""
    authorising = rule.authorising_cell(contact.device_type)
    return {authorising, ROOT_CELL} | ({ACB_KEY_AGREEMENT} if rule.maced else set())


def why_not_replayed(state: DrillState, kept: Kept) -> str:
    """Why a message that was kept is not sent again; empty if it is."""
    if not kept.is_spent:
        return "it is not known whether the device has had this message before"
    rule = RULES_BY_CODE.get(message_of(kept.octets).code)
    cells = set() if rule is None else deciding_cells(rule, kept.contact)
    return why_not_judged(state, kept.contact, cells)


def leave_as_it_is(
    state: DrillState, step: UpdateStep, log: StepLog, contact: DeviceContact, why: str
) -> None:
    """Record that a device is not sent an update; what is not known of it stays so."""
    entity = contact.entity_id
    log.check(contact, "outcome of every cell", Verdict.SKIPPED, "replaced", "not sent", why)
    if step.stolen:
        return
    maybe = state.conditions.maybe.get(entity, {})
    missed = frozenset(selected_cells(step.cells, contact.cells))
    is_heard = not state.conditions.still_open(entity, (DeviceFate.UNREACHABLE,))
    fate = DeviceFate.NOT_ASKED if is_heard else DeviceFate.UNREACHABLE
    result = DeviceResult(fate, frozenset(), missed, is_excused=True, maybe=maybe)
    state.conditions.tell(step.name, entity, result)


def why_not_asked(
    state: DrillState, step: SendingStep, contact: DeviceContact, asking: TrustAnchorCellId
) -> str:
    """Why a device is not asked by a party whose key it may not hold; empty if it is."""
    entity = contact.entity_id
    maybe, known = state.conditions.maybe.get(entity, {}), state.held[entity]
    open_cells = _open_cells(state, entity)
    doubtful = open_cells & maybe.keys() & {asking, ACB_KEY_AGREEMENT}
    held = known.get(asking)
    is_senders = held is not None and held.generation == sender_at(state, step, entity)[1]
    if asking in open_cells and not is_senders:
        doubtful |= {asking}
    return why_not_judged(state, contact, doubtful)


def _open_cells(state: DrillState, entity: EntityId) -> set[TrustAnchorCellId]:
    """To which an update did not come, and that would hold something else if it had."""
    known, maybe = state.held[entity], state.conditions.maybe.get(entity, {})
    found = state.conditions.still_open(entity, _NOT_COME_TO)
    return {cell for cell in found if cell not in maybe or maybe[cell] != known.get(cell)}
