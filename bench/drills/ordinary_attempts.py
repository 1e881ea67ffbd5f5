"""Ordinary commands that try to replace what fell: Method 1, and evidence of it (SEC L10.16(b))."""

from typing import Final

from firmware_sim.bench.drills.drill_estate import data_of
from firmware_sim.bench.drills.drill_parties import IN_CUSTODY
from firmware_sim.bench.drills.installing import installed_at
from firmware_sim.bench.drills.selection import selected_cells
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.governance.procedure import Case
from firmware_sim.bench.governance.states import CaseEvent, CaseState
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import TrustAnchorCellId

_BEFORE_DECISION: Final = (
    CaseState.NOTIFIED,
    CaseState.PREPARING,
    CaseState.SOFT_RECOVERY,
    CaseState.MEETING,
)


def puts_back(state: DrillState, step: UpdateStep, case: Case, entity: EntityId) -> bool:
    """Whether a command is to put into a device what fell."""
    wanted = _wanted(state, step, entity)
    after = data_of({**state.held[entity], **wanted})
    return case.key is not None and any(case.key.compromises(after[cell]) for cell in wanted)


class OrdinaryAttempts:
    """Of which devices a party tried to replace what fell, with a key of its own."""

    def __init__(self, state: DrillState) -> None:
        self._state = state
        self._fallen_in: dict[tuple[str, EntityId], frozenset[TrustAnchorCellId]] = {}

    def begin(self, step: object) -> None:
        """Before a step: what its commands are to replace stands in the cells still."""
        self._fallen_in = self._where_it_stands() if _is_ordinary(step) else {}

    def end(self, step: object, log: StepLog) -> None:
        """After it: whether it tried to replace that."""
        if not isinstance(step, UpdateStep) or not _is_ordinary(step):
            return
        state = self._state
        for case in list(state.procedure.open_cases(*_BEFORE_DECISION)):
            tried = {each for each in log.addressed if self._would_mend(step, case, each)}
            if not tried:
                continue
            case.attempted.update(tried)
            state.procedure.fire(case, CaseEvent.REPLACE_SOFTLY)
            devices = count(len(tried), "device")
            text = f"{step.by.label} sends ordinary commands to {devices}, to replace what fell"
            state.record(GovernanceEvent.SOFT_RECOVERY, text)

    def _would_mend(self, step: UpdateStep, case: Case, entity: EntityId) -> bool:
        """Whether a command is to put data into a device in place of what fell, and none that fell.

        What it succeeded in does not matter: an attempt is evidence as well.
        """
        wanted = _wanted(self._state, step, entity)
        if puts_back(self._state, step, case, entity):
            return False
        return not self._fallen_in.get((case.name, entity), frozenset()).isdisjoint(wanted)

    def _where_it_stands(self) -> dict[tuple[str, EntityId], frozenset[TrustAnchorCellId]]:
        """The cells of each device that hold, or are believed to hold, what fell, by case."""
        state = self._state
        return {
            (case.name, entity): frozenset(
                cell
                for filled in (state.held[entity], state.believed[entity])
                for cell, data in data_of(filled).items()
                if case.key.compromises(data)
            )
            for case in state.procedure.open_cases(*_BEFORE_DECISION)
            if case.key is not None
            for entity in state.held
        }


def _wanted(
    state: DrillState, step: UpdateStep, entity: EntityId
) -> dict[TrustAnchorCellId, Credential]:
    cells = selected_cells(step.cells, state.held[entity])
    return installed_at(state, step, entity, cells)


def _is_ordinary(step: object) -> bool:
    """Whether a party replaces credentials with a key of its own."""
    return isinstance(step, UpdateStep) and not step.stolen and step.role not in IN_CUSTODY
