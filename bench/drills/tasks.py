"""Who is nominated or appointed for a task of the procedure, and who does what."""

from collections.abc import Iterable
from typing import Final

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.committee_steps import AppointStep, NominateStep, PerformStep
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.governance.compromise import Body

KEY_CUSTODIAN: Final = "key-custodian"
"""The task of those who hold a ceremony."""

_NOMINATED: Final = "L10.2(c)(iii)"


async def play_nominate(state: DrillState, step: NominateStep, log: StepLog) -> None:
    """A Party names an individual; that the SMKI PMA required it must be on record."""
    state.procedure.act()
    state.procedure.book.nominated.add((step.person, step.task))
    required = "nobody" if step.required is None else words.body(step.required)
    if step.required is not Body.SMKI_PMA:
        text = f"{step.party} nominates {step.person}, and {required} required it"
        state.procedure.depart(f"{text}, not the SMKI PMA", _NOMINATED)
    text = f"{step.party} nominates {step.person} for {step.task}, as {required} required"
    state.record(GovernanceEvent.NOMINATION, text)
    log.find(None, StepFinding("nomination put on record", passed=True, actual=step.person))


async def play_appoint(state: DrillState, step: AppointStep, log: StepLog) -> None:
    """A member is given a role in the procedure."""
    state.procedure.act()
    state.procedure.book.appointed.add((step.person, step.task))
    text = f"{words.body(step.by)} appoints {step.person} for {step.task}"
    state.record(GovernanceEvent.APPOINTMENT, text)
    log.find(None, StepFinding("appointment put on record", passed=True, actual=step.person))


async def play_perform(state: DrillState, step: PerformStep, log: StepLog) -> None:
    """What somebody does for a task, by right and as instructed, or not."""
    procedure, place = state.procedure, (step.person, step.task)
    procedure.act()
    is_appointed = place in procedure.book.appointed
    if not is_appointed and place not in procedure.book.nominated:
        text = f"{step.person} acts for {step.task}, and was neither nominated nor appointed"
        procedure.depart(text, _NOMINATED)
    if not step.instructed:
        text = f"{step.person} acts for {step.task}, and not as instructed"
        procedure.depart(text, "L10.5")
    how = "as instructed" if step.instructed else "not as instructed"
    text = f"{step.person}, for {step.task}, {how}: {step.what}"
    clause = "SEC L10.5" if is_appointed else f"SEC {_NOMINATED}"
    state.record(GovernanceEvent.TASK, text, clause=clause)
    log.find(None, StepFinding("task put on record", passed=True, actual=how))


def check_custodians(state: DrillState, present: Iterable[str]) -> None:
    """Where Key Custodians are nominated, nobody else holds a ceremony."""
    nominated = {person for person, task in state.procedure.book.nominated if task == KEY_CUSTODIAN}
    for person in present:
        if nominated and person not in nominated:
            text = f"{person} is at the ceremony, and was not nominated for it"
            state.procedure.depart(text, _NOMINATED)
