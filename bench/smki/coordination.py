"""New certificates for everybody beneath an OCA that was replaced: SEC L10.1(c)(ii).

When an OCA Certificate is replaced, every Subscriber of a certificate beneath it needs a new one.
Who was asked, who applied, and whether that is more than the PKI must be told of beforehand.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

from firmware_sim.bench.population.shares import per_cent

COORDINATION_CLAUSE: Final = "L10.1(c)(ii)"

EXCEPTIONAL: Final = Fraction(3, 2)
"""Demand above this multiple of the monthly average is exceptional and is notified to the DCC."""

DEMAND_RULE: Final = (
    "demand is the number of requests in the coordination, compared with the average of a month"
)
"""An assumption, to be printed: what is published names 150% of the monthly average, no window."""


@dataclass(frozen=True, slots=True)
class CertificateDemand:
    """One Subscriber in the coordination.

    Attributes:
        needed: how many certificates it has beneath the replaced authority.
        asked_at: when the DCC asked it to apply; None if it did not.
        applied: how many requests it has made since.
    """

    subscriber: str
    needed: int
    asked_at: datetime | None
    applied: int


@dataclass(frozen=True, slots=True)
class CsrCoordination:
    """The coordination as it stands.

    Attributes:
        usual: requests in an average month, of all Subscribers together.
        notified_at: when exceptional demand was notified to the DCC; None if it was not.
        others: requests beside those of the coordination.
    """

    demands: tuple[CertificateDemand, ...]
    usual: Fraction
    notified_at: datetime | None = None
    others: int = 0

    @property
    def not_asked(self) -> tuple[str, ...]:
        """Subscribers that the DCC has not asked."""
        return tuple(each.subscriber for each in self.demands if each.asked_at is None)

    @property
    def outstanding(self) -> tuple[str, ...]:
        """Subscribers that have not applied for all that they need."""
        return tuple(each.subscriber for each in self.demands if each.applied < each.needed)

    @property
    def demand(self) -> Fraction:
        """Requests as a multiple of an average month; 0 where there is no usual rate to compare."""
        return Fraction(self.requests) / self.usual if self.usual else Fraction(0)

    @property
    def requests(self) -> int:
        """How many requests there were in all."""
        return sum(each.applied for each in self.demands) + self.others

    @property
    def is_exceptional(self) -> bool:
        """Whether the demand must be notified."""
        return self.demand > EXCEPTIONAL

    def faults(self) -> tuple[str, ...]:
        """What the coordination lacks by `COORDINATION_CLAUSE`, one sentence each."""
        found = [f"{name} was not asked for new requests" for name in self.not_asked]
        found += [
            f"{name} has not applied for all of its certificates" for name in self.outstanding
        ]
        if self.is_exceptional and self.notified_at is None:
            found.append(f"demand of {per_cent(self.demand)} of a usual month was not notified")
        return tuple(found)


def coordination(
    beneath: Iterable[str],
    *,
    asked: dict[str, datetime],
    applied: Collection[str],
    usual: Fraction,
    notified_at: datetime | None = None,
    others: int = 0,
) -> CsrCoordination:
    """Who must apply and who has.

    Args:
        beneath: the Subscriber of each certificate beneath the replaced authority, once each.
        asked: when the DCC asked each Subscriber.
        applied: the Subscriber of each request since, once each.
        usual: requests in an average month.
        others: requests beside those.
    """
    subscribers, requests = list(beneath), list(applied)
    return CsrCoordination(
        tuple(
            CertificateDemand(name, subscribers.count(name), asked.get(name), requests.count(name))
            for name in dict.fromkeys(subscribers)
        ),
        usual,
        notified_at,
        others,
    )
