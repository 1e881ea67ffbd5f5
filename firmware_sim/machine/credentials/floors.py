"""Counters after a command: the authorising role's advances, floors may lower some.

A floor lets a new key holder start its own sequence. If the key did *not* change, a lower
counter would let every captured command of that key run again; so by default a floor lowers a
counter only where every key that authenticates the role changed in the same command, and never
below what a key that comes back was used with before.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from firmware_sim.gbcs.payloads.floors import FloorChange
from firmware_sim.gbcs.payloads.update_credentials import Control, ExecutionOutcome
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import ReplacementRule
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    ROOT_CELL,
    CellUsage,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.machine.credentials.retired_keys import raised
from firmware_sim.machine.image.records import Counters
from firmware_sim.machine.state import DeviceState


def advanced(state: DeviceState, role: RemotePartyRole, counter: int) -> Counters:
    """A role's counters once a command with this Originator Counter is accepted.

    They never go back: a future-dated command runs when later ones may have been accepted.
    """
    held = state.counters.get(role) or Counters(role)
    return Counters(role, max(held.execution or 0, counter), held.specialist)


def asked_changes(control: Control, rule: ReplacementRule) -> tuple[FloorChange, ...]:
    """The counter changes that a command asks for, as its outcome lists them.

    The authorising role's own floor comes first, then the other roles' in their order.
    """
    own: tuple[FloorChange, ...] = ()
    if control.floor is not None:
        own = (FloorChange(rule.authorising_role, control.floor, control.specialist_floors),)
    return own + (control.other_changes or ())


def changed_counters(
    state: DeviceState,
    outcome: ExecutionOutcome,
    rule: ReplacementRule,
    spending: Counters,
    rekeyed: Mapping[TrustAnchorCellId, bytes],
    policy: Policy,
) -> Iterator[Counters]:
    """The counters to store when a command has been carried out.

    Args:
        outcome: what is to be reported of it, with the changes that it asked for.
        spending: the authorising role's counters, `advanced` by the command.
        rekeyed: each cell whose public key the command changed, with the new key.
    """
    before, role = state.counters, rule.authorising_role
    after = {role: spending}
    if policy.absent_specialist_floor == "dropped":
        after |= _without_specialist(state, after, rekeyed)
    for change in outcome.changes:
        if change.role is not role and change.role not in rule.replaceable:
            continue  # refused before, unless the policy says to ignore it
        held = after.get(change.role) or before.get(change.role) or Counters(change.role)
        after[change.role] = _floored(state, held, change, rekeyed.keys(), policy)
    if policy.returning_key == "remembered" and state.retired:
        for cell, public_key in rekeyed.items():
            if cell in state.retired:
                held = after.get(cell.role) or before.get(cell.role) or Counters(cell.role)
                after[cell.role] = raised(state, held, cell, public_key)
    if policy.own_floor == "not-below-command":
        execution = max(after[role].execution or 0, outcome.counter)
        after[role] = after[role]._replace(execution=execution)
    for held in sorted(after.values()):
        if held != (before.get(held.role) or Counters(held.role)):
            yield held


def _without_specialist(
    state: DeviceState,
    after: Mapping[RemotePartyRole, Counters],
    rekeyed: Iterable[TrustAnchorCellId],
) -> Mapping[RemotePartyRole, Counters]:
    """The counters of the roles whose top-up key changed; a specialist floor may follow."""
    roles = [cell.role for cell in _TOP_UP_CELLS.intersection(rekeyed)]
    held = [after.get(role) or state.counters.get(role) or Counters(role) for role in roles]
    return {each.role: Counters(each.role, each.execution) for each in held}


def _floored(
    state: DeviceState,
    held: Counters,
    change: FloorChange,
    rekeyed: AbstractSet[TrustAnchorCellId],
    policy: Policy,
) -> Counters:
    always = policy.floor_scope == "always"
    keys = authenticating_cells(state, change.role)
    may_lower = always or (bool(keys) and keys <= rekeyed)
    execution = _moved(held.execution, change.floor, may_lower=may_lower)
    specialist = held.specialist
    for item in change.specialist_floors or ():
        may_lower = always or _top_up_cell(change.role) in rekeyed
        specialist = _moved(specialist, item.floor, may_lower=may_lower)
    return Counters(change.role, execution, specialist)


def _moved(held: int | None, floor: int, *, may_lower: bool) -> int:
    return floor if may_lower or held is None else max(held, floor)


def authenticating_cells(
    state: DeviceState, role: RemotePartyRole
) -> AbstractSet[TrustAnchorCellId]:
    """The cells of this device whose keys authenticate commands counted under a role.

    The Access Control Broker's reads are authenticated by its MAC even where the device holds
    its digitalSignature key too; everybody else's by the signature.
    """
    return state.cells.keys() & _AUTHENTICATING[role]


def _top_up_cell(role: RemotePartyRole) -> TrustAnchorCellId:
    return TrustAnchorCellId(role, KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP)


_TOP_UP_CELLS = frozenset(map(_top_up_cell, RemotePartyRole))

_AUTHENTICATING: Mapping[RemotePartyRole, tuple[TrustAnchorCellId, ...]] = {
    **{role: (TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE),) for role in RemotePartyRole},
    RemotePartyRole.ROOT: (ROOT_CELL,),
    RemotePartyRole.ACCESS_CONTROL_BROKER: (
        TrustAnchorCellId(RemotePartyRole.ACCESS_CONTROL_BROKER, KeyUsage.DIGITAL_SIGNATURE),
        ACB_KEY_AGREEMENT,
    ),
}
