"""What is referred to the SMKI PMA, and what a meeting of it determines."""

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.committee_steps import DetermineStep, ReferStep
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.governance.committee import GateError
from firmware_sim.bench.governance.compromise import Body, RelevantKeyKind
from firmware_sim.bench.governance.procedure import Case
from firmware_sim.bench.governance.states import CaseEvent

_OF_A_QUESTION, _OF_A_KEY = "L10.2(c)(ii)", "L10.30(c)(vi)"


async def play_refer(state: DrillState, step: ReferStep, log: StepLog) -> None:
    """From now on the question waits for a determination."""
    state.case(step.about)
    state.procedure.act()
    state.procedure.book.questions.setdefault(step.question, "")
    text = f"{words.body(step.by)} refers to the SMKI PMA whether {step.what}"
    state.record(GovernanceEvent.REFERRAL, text)
    log.find(None, StepFinding("question put on record", passed=True, actual=step.question))


async def play_determine(state: DrillState, step: DetermineStep, log: StepLog) -> None:
    """In an open meeting with a quorum, or not at all."""
    state.procedure.act()
    case = _case(state, step)
    is_key = step.question is None
    clause = _OF_A_KEY if is_key else _OF_A_QUESTION
    problem = _problem(state, step, case) or not_carried(state, step)
    about = f"{case.compromise.key} is a Relevant Private Key" if is_key else str(step.question)
    if problem:
        text = f"proposed: {about}; but nothing is determined, for {problem}"
        state.record(GovernanceEvent.DECISION_REFUSED, text)
    else:
        _take(state, step, case)
        said = "" if step.answer is None else f": {step.answer}"
        text = f"the SMKI PMA determines {about}{said}"
        state.record(GovernanceEvent.DETERMINATION, text, clause=f"SEC {clause}")
    actual = "refused" if problem else "determined"
    finding = StepFinding("determination of the SMKI PMA", actual == step.expect, step.expect,
                          actual, problem)  # fmt: skip
    state.find_of_people(log, finding, clause=clause)


def not_carried(state: DrillState, step: DetermineStep) -> str:
    """Why the meeting that is in session cannot determine it; empty if it can."""
    meeting = state.procedure.meeting
    if meeting is None:
        return "no meeting has been called [SEC L1.13]"
    try:
        meeting.require_quorum()
        meeting.require_open(state.clock.time)
        unanimous = state.procedure.assumptions.voting == "unanimous"
        meeting.require_majority(step.against, unanimous=unanimous)
    except GateError as error:
        return str(error)
    return ""


def _case(state: DrillState, step: DetermineStep) -> Case:
    """Of a key: the latest Compromise that does not count yet, if none is named."""
    waiting = [each for each in state.procedure.cases if not each.facts.is_relevant]
    if step.question is None and step.about is None and waiting:
        return waiting[-1]
    return state.case(step.about)


def _problem(state: DrillState, step: DetermineStep, case: Case) -> str:
    if step.question is not None:
        known = step.question in state.procedure.book.questions
        return "" if known else f"{step.question} was not referred [SEC {_OF_A_QUESTION}]"
    if case.compromise.kind is not RelevantKeyKind.S1SPKI:
        return f"only an S1SPKI key is determined [SEC {_OF_A_KEY}]"
    return ""


def _take(state: DrillState, step: DetermineStep, case: Case) -> None:
    if step.question is not None:
        state.procedure.book.questions[step.question] = step.answer or ""
    elif not case.facts.is_relevant:
        case.facts.is_relevant = True
        state.procedure.fire(case, CaseEvent.SUSPECT)
        if case.compromise.reporter is Body.DCC:
            state.procedure.fire(case, CaseEvent.TELL_DCC)  # it has found out itself
