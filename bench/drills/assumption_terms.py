"""`assumptions` of a story: what it takes people to do where the public texts are silent."""

from typing import Annotated

from pydantic import Field

from firmware_sim.bench.drills.story_terms import Strict
from firmware_sim.bench.governance.assumptions import Assumptions, Evidence, Voting


class StoryAssumptions(Strict):
    """What a story assumes of people where the public texts are silent."""

    voting: Voting = "majority"
    """What carries a motion."""
    evidence: Evidence = "every"
    """Of which Relevant Devices an Event of type B needs evidence."""
    custodians: Annotated[int, Field(strict=True, ge=1, le=16)] = 5
    """How many Key Custodians there are."""
    needed: Annotated[int, Field(strict=True, ge=1, le=16)] = 3
    """How many of them must come together."""
    threshold: Annotated[int, Field(strict=True, ge=0, le=10**15)] = Assumptions().threshold
    """Pence over which dates of payment may be referred (SEC L10.24)."""

    @property
    def values(self) -> Assumptions:
        """As the procedure wants them."""
        custodians = self.needed, self.custodians
        return Assumptions(self.voting, self.evidence, *custodians, self.threshold)
