"""Certificates of an organisation are issued: by a step that says so, or when one installs them."""

from collections.abc import Collection, Iterable

from firmware_sim.bench.drills.issued import cells_of
from firmware_sim.bench.drills.selection import selects
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.governance.compromise import RelevantKeyKind
from firmware_sim.bench.governance.states import CaseState
from firmware_sim.bench.population.schema import DCC
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId

_OVER = (CaseState.FALSE_ALARM, CaseState.CLOSED)

_WITHOUT = (RemotePartyRole.ROOT, RemotePartyRole.RECOVERY)
"""Roles whose certificates no party applies for in a story."""


def issue_to(
    state: DrillState, name: str, cells: Iterable[TrustAnchorCellId], generation: int
) -> tuple[TrustAnchorCellId, ...]:
    """Issue what is not there yet, and put it on record; returns the cells that it was for."""
    at = state.clock.time
    issued = state.issued.issue(name, cells, generation, at)
    if issued:
        listed = ", ".join(map(str, issued))
        whom = "for itself" if name == DCC else f"to {name}, at its request"
        text = f"the DCC issues {whom}: {listed}, generation {generation}"
        state.record(GovernanceEvent.CERTIFICATE, text)
    return issued


def issue_before(state: DrillState, step: object) -> None:
    """What an update installs that no step has issued: its Subscribers apply for it now.

    Where a role has several organisations, those apply whose key fell; all of them, if none did.
    """
    if not state.has_population or not isinstance(step, UpdateStep) or step.stolen:
        return
    for role in RemotePartyRole:
        cells = _installed_for(step, role, state)
        if cells:
            for name in _applicants(state, step, role, cells):
                issue_to(state, name, cells, step.install)


def _installed_for(
    step: UpdateStep, role: RemotePartyRole, state: DrillState
) -> list[TrustAnchorCellId]:
    """The cells of a role that certificates in this update are issued for."""
    holder = step.holder
    if isinstance(holder, str):
        holder = state.ownership.role_of(holder)
    if role in _WITHOUT or holder not in (None, role):
        return []
    present = frozenset[TrustAnchorCellId]().union(*(each.cells for each in state.contacts))
    return [
        cell
        for cell in cells_of(role)
        if holder is role
        or (cell in present and any(selects(selector, cell) for selector in step.cells))
    ]


def _applicants(
    state: DrillState,
    step: UpdateStep,
    role: RemotePartyRole,
    cells: Collection[TrustAnchorCellId],
) -> tuple[str, ...]:
    names, at = state.issued.in_role(role), state.clock.time
    named = step.holder if isinstance(step.holder, str) else step.party
    if named in names:
        return (named,)
    if len(names) == 1:
        return names
    if any(state.issued.exists(name, cell, step.install, at) for name in names for cell in cells):
        return ()  # steps before have said who has them
    fallen = _fallen(state, role)
    return tuple(name for name in names if name in fallen) or names


def _fallen(state: DrillState, role: RemotePartyRole) -> Collection[str]:
    """The organisations whose certificates are compromised, in cases that are not over."""
    keys = [case.key for case in state.procedure.cases if case.key and case.state not in _OVER]
    if any(key.kind is RelevantKeyKind.ISSUER for key in keys):
        return ()
    return {key.organisation for key in keys if key.cell is not None and key.cell.role is role}
