"""The claims of a drill, step by step, and what the Code says of them."""

from collections import defaultdict
from datetime import datetime
from typing import Final

from firmware_sim.bench.governance.book import ProcedureBook, TimedStep
from firmware_sim.bench.governance.claims import ClaimStep, RecoveryClaim, review_claim
from firmware_sim.bench.governance.procedure import Case

_THRESHOLD: Final = 100_000_000
"""Pence over which dates of payment may be referred (L10.24). The Panel sets the real sum: ours is
an assumption."""


class Claims:
    """The steps of every claim so far, by case and Party."""

    def __init__(self) -> None:
        self._steps: defaultdict[tuple[str, str], list[ClaimStep]] = defaultdict(list)
        self._events: dict[tuple[str, str], datetime] = {}

    def take(self, case: Case, party: str, step: ClaimStep) -> None:
        """One more step of a Party's claim about an Event."""
        if case.event is not None:
            self._steps[case.name, party].append(step)
            self._events[case.name, party] = case.event.at

    def review(self, book: ProcedureBook, now: datetime) -> None:
        """Put what is out of order, late or missed into the book, each once."""
        known = {(each.what, each.problem) for each in book.timed}
        for (name, party), steps in self._steps.items():
            claim = RecoveryClaim(party, self._events[name, party], tuple(steps))
            for fault in review_claim(claim, now, _THRESHOLD).faults:
                what, problem, clause = f"the claim of {party}", *_parted(fault)
                if (what, problem) not in known:
                    book.timed.append(TimedStep(now, what, problem, clause))


def _parted(fault: str) -> tuple[str, str]:
    """A fault, and the clause that ends it."""
    problem, _, clause = fault.rpartition(" [SEC ")
    return problem, clause.rstrip("]")
