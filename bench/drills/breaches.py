"""Deemed breaches of a drill: whose they are, what was done about them, and how they stand."""

from collections.abc import Iterator
from typing import NamedTuple

from firmware_sim.bench.drills.drill_estate import data_of
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.evidence.accounts.claims import Breach
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.governance.account import tell_breach
from firmware_sim.bench.governance.breach import (
    BreachReview,
    BreachStep,
    DeemedBreach,
    deemed_breach,
    review_breach,
)
from firmware_sim.bench.governance.procedure import Case


class ReviewedBreach(NamedTuple):
    """What the Code deems of one Relevant Subscriber, and how that stands."""

    deemed: DeemedBreach
    review: BreachReview


def reviewed_breaches(state: DrillState, case: Case) -> Iterator[ReviewedBreach]:
    """Of every Relevant Subscriber of a case; none without a Recovery Event."""
    event, key, relevant = case.event, case.key, case.relevant
    if event is None or key is None or relevant is None:
        return
    beneath = {
        data.organisation
        for each in relevant
        for data in data_of(state.believed[each.entity_id]).values()
    }
    deemed = [deemed_breach(each) for each in key.subscribers(tuple(sorted(beneath)))]
    alone = sum(each.provision is not None for each in deemed) == 1
    for each in deemed:
        # Without a population `party` is a label: it can mean only the one who is in breach.
        is_label = alone and not state.has_population
        is_theirs = each.provision is not None and is_label
        name = each.subscriber.organisation
        steps = tuple(step for party, step in case.rebuttals if is_theirs or party == name)
        yield ReviewedBreach(each, review_breach(each, event.at, steps, state.clock.time))


def take_rebuttal(state: DrillState, case: Case, party: str, step: BreachStep) -> None:
    """One more step about a deemed breach; what is wrong with it goes into the book."""
    case.rebuttals.append((party, step))
    what, book = f"the deemed breach of {party}", state.procedure.book
    if case.event is not None and not any(reviewed_breaches(state, case)):
        book.take_fault(step.at, what, "the Code deems no breach of anybody here", "L10.26")
    for _, review in reviewed_breaches(state, case):
        for fault in review.faults:
            state.procedure.book.take_fault(
                step.at, f"the deemed breach of {party}", fault, "L10.27"
            )


def tell_breaches(state: DrillState, case: Case) -> None:
    """Who is deemed in breach, of what, and how that stands: once, at the end."""
    for deemed, review in reviewed_breaches(state, case):
        if deemed.provision is not None:
            name = deemed.subscriber.organisation
            state.ledger.account(
                Breach(party=name, provision=deemed.provision, status=review.state)
            )
        for sentence in tell_breach(deemed, review):
            clause = f"SEC L10.30(b), {deemed.clause}, {review.clause}"
            state.record(GovernanceEvent.BREACH, sentence, clause=clause)
