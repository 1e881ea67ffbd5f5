"""`assumptions` of a story: what public texts do not say of people, and what things cost."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from firmware_sim.bench.drills.price_terms import PriceTerm
from firmware_sim.bench.drills.story_terms import Strict, Type
from firmware_sim.bench.governance.assumptions import Assumptions, Evidence, Voting


class StoryAssumptions(Strict):
    """What a story assumes where the public texts are silent."""

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
    prices: Mapping[Type, PriceTerm] = Field(default_factory=dict)
    """What it costs to put a device of a type right, in pounds (SEC L10.17(b)); none: no sums."""

    @property
    def values(self) -> Assumptions:
        """As the procedure wants them."""
        custodians = self.needed, self.custodians
        prices = {device_type: term.value for device_type, term in self.prices.items()}
        return Assumptions(self.voting, self.evidence, *custodians, self.threshold, prices=prices)
