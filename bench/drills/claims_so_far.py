"""The claims of a drill, step by step, and what the Code says of them."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from firmware_sim.bench.governance.book import ProcedureBook
from firmware_sim.bench.governance.claim_rules import ClaimAct
from firmware_sim.bench.governance.claims import (
    ClaimReview,
    ClaimStep,
    RecoveryClaim,
    review_claim,
)
from firmware_sim.bench.governance.procedure import Case


class ReviewedClaim(NamedTuple):
    """One claim, and how it stands."""

    claim: RecoveryClaim
    review: ClaimReview


class Claims:
    """The steps of every claim so far, by case and Party."""

    def __init__(self) -> None:
        self._steps: defaultdict[tuple[str, str], list[ClaimStep]] = defaultdict(list)
        self._events: dict[str, datetime] = {}

    def take(self, case: Case, party: str, step: ClaimStep) -> None:
        """One more step of a Party's claim about an Event."""
        if case.event is not None:
            self._steps[case.name, party].append(step)
            self._events[case.name] = case.event.at

    def reviewed(self, now: datetime, threshold: int) -> Iterator[ReviewedClaim]:
        """Every claim as it stands now.

        Args:
            threshold: pence over which dates of payment may be referred.
        """
        claims = {
            (name, party): RecoveryClaim(party, self._events[name], tuple(steps))
            for (name, party), steps in self._steps.items()
        }
        totals = {place: claim.amount(ClaimAct.TOTAL) or 0 for place, claim in claims.items()}
        for (name, party), claim in claims.items():
            others = sum(
                pence for place, pence in totals.items() if place[0] == name and place[1] != party
            )
            yield ReviewedClaim(claim, review_claim(claim, now, threshold, others))

    def review(self, book: ProcedureBook, now: datetime, threshold: int) -> None:
        """Put what is out of order, late or missed into the book, each once."""
        for claim, review in self.reviewed(now, threshold):
            for fault in review.faults:
                book.take_fault(now, f"the claim of {claim.party}", fault)
