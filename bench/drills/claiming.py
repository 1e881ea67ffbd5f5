"""Claims after a Recovery Event, and the referral of a deemed breach: each has its time."""

from datetime import timedelta
from typing import Final

from firmware_sim.bench.drills.claim_steps import ClaimActStep, ReferBreachStep
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.governance.book import TimedStep
from firmware_sim.bench.governance.claim_rules import CLAIM_RULES
from firmware_sim.bench.governance.claims import ClaimStep
from firmware_sim.bench.governance.periods import three_months_after

_NO_EVENT: Final = "there is no Recovery Event"


async def play_claim(state: DrillState, step: ClaimActStep, log: StepLog) -> None:
    """A step of a claim, judged with all that came before it."""
    case, at = state.case(step.about), state.clock.time
    due = None if step.days is None else at + timedelta(days=step.days)
    clause = CLAIM_RULES[step.act].clause
    if case.event is None:
        state.procedure.book.timed.append(
            TimedStep(at, f"the claim of {step.party}", _NO_EVENT, "L10.17")
        )
    state.claims.take(case, step.party, ClaimStep(step.act, step.by, at, step.pence, due))
    state.claims.review(state.procedure.book, at)
    amount = "" if step.pence is None else f", {step.pence / 100:,.2f} pounds"
    text = f"{step.act} by {step.by}, in the claim of {step.party}{amount}"
    state.record(GovernanceEvent.CLAIM, text, clause=f"SEC L10.18, {clause}")
    log.find(None, StepFinding("step of a claim put on record", passed=True, actual=text))


async def play_refer_breach(state: DrillState, step: ReferBreachStep, log: StepLog) -> None:
    """Within three months of the Event, or too late."""
    case, at = state.case(step.about), state.clock.time
    problem = _NO_EVENT if case.event is None else ""
    if case.event is not None and at > three_months_after(case.event.at):
        problem = f"after {three_months_after(case.event.at):%Y-%m-%d}, three months on"
    case.referrals.append((step.party, at))
    what = f"the referral of {step.party}"
    state.procedure.book.timed.append(TimedStep(at, what, problem, "L10.27(a)"))
    text = f"{step.party} refers the deemed breach to the Panel"
    state.record(GovernanceEvent.BREACH_REFERRED, text)
    log.find(None, StepFinding("referral put on record", passed=True, actual=text))
