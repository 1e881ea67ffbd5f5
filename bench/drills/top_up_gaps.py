"""Prepayment customers who could not top up: since when, until when, and why.

A gap begins with a top-up that was tried and came to nothing, and ends with the next one that is
credited. Nothing is concluded from what was not tried.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from firmware_sim.bench.evidence.accounts.uses import TopUpGap
from firmware_sim.bench.evidence.database import iso
from firmware_sim.gbcs.identifiers import EntityId

if TYPE_CHECKING:
    from firmware_sim.bench.drills.state import DrillState


@dataclass(slots=True)
class Gap:
    """A time in which one customer could not top up.

    Attributes:
        tries: top-ups in it that came to nothing.
        why: what the first of them came to nothing by.
    """

    entity: EntityId
    since: datetime
    why: str
    until: datetime | None = None
    tries: int = 1


@dataclass(slots=True)
class TopUpGaps:
    """Every gap of a drill, in the order in which they began."""

    all: list[Gap] = field(default_factory=list)
    _open: dict[EntityId, Gap] = field(default_factory=dict)

    def tried(self, entity: EntityId, at: datetime, why: str) -> None:
        """A customer's top-up came to nothing."""
        if entity in self._open:
            self._open[entity].tries += 1
            return
        self._open[entity] = gap = Gap(entity, at, why)
        self.all.append(gap)

    def credited(self, entity: EntityId, at: datetime) -> None:
        """A customer's top-up was credited."""
        if entity in self._open:
            self._open.pop(entity).until = at


def tell_gaps(state: "DrillState") -> None:
    """Every gap of the drill, to the record."""
    now = state.clock.time
    for gap in state.gaps.all:
        told = TopUpGap(
            device=str(gap.entity),
            since=iso(gap.since),
            until=None if gap.until is None else iso(gap.until),
            seconds=int(((gap.until or now) - gap.since).total_seconds()),
            tries=gap.tries,
            why=gap.why,
        )
        state.ledger.account(told)
