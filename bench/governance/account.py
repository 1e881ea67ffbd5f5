"""What a report says of Relevant Devices, costs, claims and breach, in sentences with clauses."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from firmware_sim.bench.governance.breach import BreachReview, DeemedBreach
from firmware_sim.bench.governance.claims import (
    ESTIMATES_RULE,
    SAME_TIME_RULE,
    ClaimReview,
    RecoveryClaim,
)
from firmware_sim.bench.governance.costs import Allocation, Claimable, CostHead, totals
from firmware_sim.bench.governance.fallen_key import ROOT_KEYS_RULE
from firmware_sim.bench.governance.periods import MONTHS_RULE, Timeliness
from firmware_sim.bench.governance.prices import pounds
from firmware_sim.bench.governance.relevant_devices import STATUS_RULE, Ground, RelevantDeviceSet
from firmware_sim.bench.population.estate import RESPONSIBLE_SUPPLIER_RULE
from firmware_sim.bench.population.schema import called
from firmware_sim.bench.population.shares import ROUNDING

ASSUMPTIONS: Final = (
    ROUNDING,
    RESPONSIBLE_SUPPLIER_RULE,
    STATUS_RULE,
    ROOT_KEYS_RULE,
    MONTHS_RULE,
    ESTIMATES_RULE,
    SAME_TIME_RULE,
)
"""Readings of the Code that public sources leave open, to be printed with what rests on them."""


def tell_relevant(found: RelevantDeviceSet) -> Iterator[str]:
    """How many devices the Event is about, and why."""
    grounds = Counter(each.ground for each in found)
    populated, believed = grounds[Ground.POPULATED], grounds[Ground.BELIEVED]
    yield (
        f"{len(found):,} Relevant Devices: {populated:,} populated with data of a compromised "
        f"certificate, {believed:,} believed to be [SEC L10.30(a)]"
    )
    if found.not_commissioned:
        yield (
            f"{len(found.not_commissioned):,} more have such data and are not commissioned "
            "[SEC L10.30(a)(i)]"
        )


def tell_claimable(devices: Iterable[Claimable]) -> Iterator[str]:
    """For how many devices each Responsible Supplier may claim."""
    numbers = Counter((each.responsible_supplier, each.why) for each in devices)
    for (supplier, why), number in sorted(numbers.items()):
        yield f"{supplier} may claim where the key was {why} [SEC L10.17(b)]; devices: {number:,}"


def tell_costs(allocations: Iterable[Allocation]) -> Iterator[str]:
    """The sum under each paragraph, and each cost under none with its reason."""
    every = list(allocations)
    sums = totals(every)
    under = (f"{pounds(sums[head])} under {head}" for head in CostHead if head != CostHead.NONE)
    yield f"Recovery Costs: {', '.join(under)}"
    for each in every:
        if each.head is CostHead.NONE:
            paid = f"; reimbursed by {each.instead}" if each.instead else ""
            cost = each.cost
            yield f"{cost.party}: {pounds(cost.pence)} is no Recovery Cost: {each.reason}{paid}"


def tell_claim(claim: RecoveryClaim, review: ClaimReview, now: datetime) -> Iterator[str]:
    """How a claim stands: what is owed, what is still to come, what was wrong."""
    owed = "is open" if review.payable is None else f"is {pounds(review.payable)}"
    yield f"claim of {claim.party}: what the DCC owes {owed} [SEC L10.22, L10.23]"
    for each in review.deadlines:
        if each.at(now) is Timeliness.OPEN:
            day = f"{each.due:%Y-%m-%d}"
            yield f"claim of {claim.party}: {each.what} due by {day} [SEC {each.clause}]"
    yield from (f"claim of {claim.party}: {fault}" for fault in review.faults)


def tell_breach(deemed: DeemedBreach, review: BreachReview) -> Iterator[str]:
    """Whether the Relevant Subscriber is in breach, of what, and how that stands."""
    name = called(deemed.subscriber.organisation)
    if deemed.provision is None:
        yield f"{name} is not deemed in breach: {deemed.reason} [SEC {deemed.clause}]"
    else:
        of = f"{deemed.provision}: {deemed.reason} [SEC {deemed.clause}]"
        yield f"{name} is deemed in breach of {of}"
        yield f"breach of {name}: {review.state} [SEC {review.clause}]"
    yield from (f"breach of {name}: {fault}" for fault in review.faults)
