"""What public texts leave open about people and prices: chosen here, printed in every record."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal, NamedTuple

from firmware_sim.bench.governance.committee import LONGEST_MEETING
from firmware_sim.bench.governance.prices import NO_PRICES, Prices, tell_prices

Voting = Literal["majority", "unanimous"]
Evidence = Literal["every", "any"]


class Assumptions(NamedTuple):
    """One choice for each point.

    Attributes:
        voting: what carries a motion: more than half of those present, or all of them.
        evidence: of which Relevant Devices an Event of type B needs evidence.
        custodians_needed, custodians_total: how many Key Custodians there are.
        threshold: pence requested after one Event over which dates of payment may be referred.
        prices: what it costs to put a device right; empty if nothing is assumed.
    """

    voting: Voting = "majority"
    evidence: Evidence = "every"
    custodians_needed: int = 3
    custodians_total: int = 5
    threshold: int = 100_000_000
    longest_meeting: timedelta = LONGEST_MEETING
    prices: Prices = NO_PRICES

    def sentences(self) -> Iterator[str]:
        """For a record."""
        hours = self.longest_meeting // timedelta(hours=1)
        yield f"a meeting that is not closed is over after {hours} hours"
        carried = "more than half of" if self.voting == "majority" else "all of"
        yield f"{carried} the members present carry a motion"
        yield (
            f"{self.custodians_needed} of {self.custodians_total} Key Custodians must come together"
        )
        which = "every Relevant Device" if self.evidence == "every" else "one Relevant Device"
        yield f"a Recovery Event of type B needs evidence for {which}"
        yield (
            f"dates of payment may be referred where over {self.threshold / 100:,.2f} pounds are "
            "requested after one Recovery Event"
        )
        yield from tell_prices(self.prices)
