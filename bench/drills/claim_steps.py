"""The steps that follow a Recovery Event: what Parties claim, and who refers a deemed breach."""

from typing import Annotated, Literal

from pydantic import Field

from firmware_sim.bench.drills.story_step import CaseStep
from firmware_sim.bench.drills.story_terms import Slug
from firmware_sim.bench.governance.breach import BreachAct
from firmware_sim.bench.governance.claim_rules import CLAIM_RULES, Actor, ClaimAct


class ClaimActStep(CaseStep):
    """One step of a claim for Recovery Costs (SEC L10.18 to L10.24)."""

    do: Literal["claim"]
    party: Slug
    """Whose claim it is: a label."""
    act: ClaimAct
    """Which step of the claim."""
    by: Actor = Actor.PARTY
    """Who takes it."""
    pence: Annotated[int, Field(strict=True, ge=0, le=10**15)] | None = None
    """A sum, where the step names one."""
    days: Annotated[int, Field(strict=True, ge=0, le=3660)] | None = None
    """From now until what the step asks for is due."""

    @property
    def clause(self) -> str:
        """By which clause the step is taken; of evidence, by who asks for it."""
        clause = CLAIM_RULES[self.act].clause
        if clause != "L10.20":
            return clause
        return "L10.20(b)" if self.by is Actor.PANEL else "L10.20(a)"


class ReferBreachStep(CaseStep):
    """A Relevant Subscriber refers its deemed breach to the Panel (SEC L10.27(a))."""

    do: Literal["refer breach"]
    party: Slug
    """The Relevant Subscriber: a label."""


class BreachActStep(CaseStep):
    """One step about a deemed breach: before the Panel, and on appeal (SEC L10.27 to L10.29)."""

    do: Literal["breach"]
    party: Slug
    """The Relevant Subscriber: a label."""
    act: BreachAct
    """What was done."""
    by: Actor = Actor.PARTY
    """Who did it."""
