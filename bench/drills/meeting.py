"""The steps in which the SMKI PMA meets, asks for information and ends its meeting."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.meeting_steps import (
    AskInformationStep,
    CloseMeetingStep,
    InformStep,
    LeaveStep,
    MeetStep,
)
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.governance.account import tell_costs
from firmware_sim.bench.governance.committee import GateError, Meeting, Office
from firmware_sim.bench.governance.compromise import Body
from firmware_sim.bench.governance.costs import CostCause, CostFacts, PartyCost, allocate
from firmware_sim.bench.governance.procedure import Case
from firmware_sim.bench.governance.states import CaseEvent

_MAY_BE_ASKED: Final = frozenset({Body.DCC, Body.SECURITY_SUB_COMMITTEE, Body.PARTY})
"""Who must answer the SMKI PMA (SEC L10.10(b), L10.11)."""


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
        # About a key that does not count, a meeting can only determine that it does.
        if not problem and case.facts.is_relevant:
            state.procedure.fire(case, CaseEvent.MEET)
    _record_meeting(state, step, problem)
    actual = "no quorum" if problem else "quorum"
    finding = StepFinding("quorum of the SMKI PMA", actual == step.expect, step.expect, actual)
    state.find_of_people(log, finding._replace(reason=problem), clause="L1.13")


def _record_meeting(state: DrillState, step: MeetStep, problem: str) -> None:
    text = words.meeting(step.present, has_quorum=not problem)
    if step.invited:
        text += f"; invited: {words.recipients(step.invited)}"
    if step.guests:
        text += f"; besides: {', '.join(step.guests)}"
    state.record(GovernanceEvent.MEETING, text, clause=f"SEC {', '.join(meeting_clauses(step))}")


def meeting_clauses(step: MeetStep) -> Iterator[str]:
    """The clauses of which a meeting is a case."""
    yield from ("L1.3", "L1.4", "L1.13")
    if Body.DCC in step.invited:
        yield "L1.14(a)"
    if step.guests:
        yield "L1.14(b)"
    for seat in step.present:
        if seat.office is Office.CHAIR and seat.alternate:
            is_specialist = seat.attendance.sitter == Office.SMKI_SPECIALIST
            yield "L1.12(a)" if is_specialist else "L1.12(b)"


async def play_leave(state: DrillState, step: LeaveStep, log: StepLog) -> None:
    """Those who leave are there no more; whether a quorum is left shows the next decision."""
    meeting = state.procedure.meeting
    if meeting is None:
        raise BenchError("no meeting is in session", "put a meet step before it")
    stay = tuple(each for each in meeting.attendances if each.office not in step.offices)
    state.procedure.meeting = replace(meeting, attendances=stay)
    text = f"{', '.join(step.offices)} leave the meeting; {len(stay)} seats are taken"
    state.record(GovernanceEvent.MEETING, text)
    log.find(None, StepFinding("members left", passed=True, actual=text))


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
    case = state.case(step.about)
    state.procedure.fire(case, CaseEvent.ASK)
    case.asked.update(step.of)
    for each in set(step.of) - _MAY_BE_ASKED:
        text = f"the SMKI PMA asks {words.recipient(each)}, which owes it no information"
        state.procedure.depart(text, "L10.10(b)")
    asked = words.recipients(step.of)
    state.record(GovernanceEvent.INFORMATION, f"the SMKI PMA asks {asked}: {step.what}")
    log.find(None, StepFinding("information asked for", passed=True, actual=asked))


async def play_inform(state: DrillState, step: InformStep, log: StepLog) -> None:
    """When all who were asked have answered, the meeting goes on."""
    case, who = state.case(step.about), words.body(step.by)
    if step.by not in case.asked:
        state.procedure.depart(f"{who} informs the SMKI PMA, and was not asked", "L10.11")
    case.asked.discard(step.by)
    if not case.asked:
        state.procedure.fire(case, CaseEvent.ANSWER)
    state.record(GovernanceEvent.INFORMATION, f"{who} informs the SMKI PMA: {step.what}")
    if step.pence is not None:
        _tell_cost(state, case, who, step.pence)
    log.find(None, StepFinding("information given", passed=True, actual=who))


def _tell_cost(state: DrillState, case: Case, who: str, pence: int) -> None:
    """What an answer cost is no Recovery Cost, with or without an Event."""
    cost = PartyCost(who, CostCause.ASSISTANCE, pence, state.clock.time)
    found = allocate(cost, CostFacts(None, key_required=False, relevant=case.relevant))
    _, sentence = tell_costs([found])  # after the sums, which have nothing of it
    state.record(GovernanceEvent.COSTS, sentence, clause="SEC L10.12")
