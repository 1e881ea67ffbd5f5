"""Claims after a Recovery Event, and what is done about a deemed breach: each has its time."""

from datetime import timedelta
from typing import Final

from firmware_sim.bench.drills.breaches import take_rebuttal
from firmware_sim.bench.drills.claim_steps import BreachActStep, ClaimActStep, ReferBreachStep
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.governance.breach import BREACH_RULES, BreachAct, BreachStep
from firmware_sim.bench.governance.claim_rules import Actor
from firmware_sim.bench.governance.claims import ClaimStep
from firmware_sim.bench.governance.procedure import Case

_NO_EVENT: Final = "there is no Recovery Event"


async def play_claim(state: DrillState, step: ClaimActStep, log: StepLog) -> None:
    """A step of a claim, judged with all that came before it."""
    case, at = state.case(step.about), state.clock.time
    due = None if step.days is None else at + timedelta(days=step.days)
    book = state.procedure.book
    if case.event is None:
        book.take_fault(at, f"the claim of {step.party}", _NO_EVENT, "L10.17")
    state.claims.take(case, step.party, ClaimStep(step.act, step.by, at, step.pence, due))
    state.claims.review(book, at, state.procedure.assumptions.threshold)
    amount = "" if step.pence is None else f", {step.pence / 100:,.2f} pounds"
    text = f"{step.act} by {step.by}, in the claim of {step.party}{amount}"
    state.record(GovernanceEvent.CLAIM, text, clause=f"SEC L10.18, {step.clause}")
    log.find(None, StepFinding("step of a claim put on record", passed=True, actual=text))


async def play_refer_breach(state: DrillState, step: ReferBreachStep, log: StepLog) -> None:
    """Within three months of the Event, or too late."""
    referral = BreachStep(BreachAct.REFERRED, Actor.PARTY, state.clock.time)
    _take(state, state.case(step.about), step.party, referral)
    text = f"{step.party} refers the deemed breach to the Panel"
    state.record(GovernanceEvent.BREACH_REFERRED, text)
    log.find(None, StepFinding("referral put on record", passed=True, actual=text))


async def play_breach(state: DrillState, step: BreachActStep, log: StepLog) -> None:
    """What a Relevant Subscriber, the Panel or the Authority does about a deemed breach."""
    taken = BreachStep(step.act, step.by, state.clock.time)
    _take(state, state.case(step.about), step.party, taken)
    clause, _, _ = BREACH_RULES[step.act]
    text = f"about the deemed breach of {step.party}, by {step.by}: {step.act}"
    state.record(GovernanceEvent.BREACH_REFERRED, text, clause=f"SEC {clause}")
    log.find(None, StepFinding("step about a breach put on record", passed=True, actual=text))


def _take(state: DrillState, case: Case, party: str, step: BreachStep) -> None:
    if case.event is None:
        fault = (step.at, f"the deemed breach of {party}", _NO_EVENT, "L10.27(a)")
        state.procedure.book.take_fault(*fault)
    take_rebuttal(state, case, party, step)
