"""The steps in which the SMKI PMA meets, asks for information and ends its meeting."""

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.people_steps import (
    AskInformationStep,
    CloseMeetingStep,
    InformStep,
    MeetStep,
)
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.governance.committee import GateError, Meeting
from firmware_sim.bench.governance.compromise import Body
from firmware_sim.bench.governance.states import CaseEvent


async def play_meet(state: DrillState, step: MeetStep, log: StepLog) -> None:
    """The meeting stays in session until it is closed, another is called, or it lasts too long."""
    seats = tuple(seat.attendance for seat in step.present)
    meeting = Meeting(seats, f"minutes of {step.name}", state.clock.time)
    state.procedure.meeting = meeting
    problem = ""
    try:
        meeting.require_quorum()
    except GateError as error:
        problem = str(error)
    if state.procedure.cases:
        case = state.case(step.about)
        case.facts.dcc_invited = Body.DCC in step.invited
        if not problem:
            state.procedure.fire(case, CaseEvent.MEET)
    _record_meeting(state, step, problem)
    actual = "no quorum" if problem else "quorum"
    finding = StepFinding("quorum of the SMKI PMA", actual == step.expect, step.expect, actual)
    state.find_of_people(log, finding._replace(reason=problem), clause="L1.13")


def _record_meeting(state: DrillState, step: MeetStep, problem: str) -> None:
    text = words.meeting(step.present, has_quorum=not problem)
    if step.invited:
        text += f"; invited: {words.recipients(step.invited)}"
    alternate = any(seat.alternate for seat in step.present)
    clauses = ["L1.3", "L1.4", "L1.13"]
    clauses += ["L1.14(a)"] if Body.DCC in step.invited else []
    clauses += ["L1.12(a)"] if alternate else []
    state.record(GovernanceEvent.MEETING, text, clause="SEC " + ", ".join(clauses))


async def play_close_meeting(state: DrillState, _step: CloseMeetingStep, log: StepLog) -> None:
    """From now on nothing is decided in it."""
    meeting = state.procedure.meeting
    if meeting is None:
        raise BenchError("no meeting is in session", "put a meet step before it")
    state.procedure.meeting = Meeting(
        meeting.attendances, meeting.minutes, meeting.opened, state.clock.time
    )
    state.record(GovernanceEvent.MEETING_CLOSED, "the meeting of the SMKI PMA is closed")
    log.find(None, StepFinding("meeting closed", passed=True, actual=meeting.minutes))


async def play_ask_information(state: DrillState, step: AskInformationStep, log: StepLog) -> None:
    """The SMKI PMA asks, and waits for the answer."""
    state.procedure.fire(state.case(step.about), CaseEvent.ASK)
    asked = words.recipients(step.of)
    state.record(GovernanceEvent.INFORMATION, f"the SMKI PMA asks {asked}: {step.what}")
    log.find(None, StepFinding("information asked for", passed=True, actual=asked))


async def play_inform(state: DrillState, step: InformStep, log: StepLog) -> None:
    """The answer is there, and the meeting goes on."""
    state.procedure.fire(state.case(step.about), CaseEvent.ANSWER)
    who = words.body(step.by)
    state.record(GovernanceEvent.INFORMATION, f"{who} informs the SMKI PMA: {step.what}")
    log.find(None, StepFinding("information given", passed=True, actual=who))
