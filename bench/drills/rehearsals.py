"""That the arrangements are tested periodically (SEC L10.1(e)): a drill is such a test."""

from typing import Annotated

from dateutil.relativedelta import relativedelta
from pydantic import Field

from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.story_terms import Instant, Strict
from firmware_sim.bench.evidence.run_info import GovernanceEvent


class RehearsalPlan(Strict):
    """How often the arrangements are tested, and when that was done last."""

    every_months: Annotated[int, Field(strict=True, ge=1, le=120)]
    """How many months there are between two tests."""
    last: Instant | None = None
    """None if this drill is the first."""


def tell_rehearsal(state: DrillState, plan: RehearsalPlan) -> None:
    """Put on record that this is a test, and whether it comes too late."""
    procedure, now = state.procedure, state.clock.time
    procedure.act()
    often = f"one is due every {plan.every_months} months"
    if plan.last is None:
        text = f"the arrangements are tested for the first time, and {often}"
    else:
        text = f"the arrangements were last tested on {plan.last:%Y-%m-%d}, and {often}"
        if now < plan.last:
            procedure.depart(f"{text}: that is after this drill", "L10.1(e)")
        elif now > (due := plan.last + relativedelta(months=plan.every_months)):
            procedure.depart(f"{text}: this test was due by {due:%Y-%m-%d}", "L10.1(e)")
    state.record(GovernanceEvent.REHEARSAL, text)
