"""The periods of months in which SEC L10.19 and L10.27 let a Party act."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from dateutil.relativedelta import relativedelta

THREE_MONTHS: Final = relativedelta(months=3)

MONTHS_RULE: Final = (
    "three months end at the same hour of the corresponding day; where the month has no such day, "
    "on its last day"
)
"""An assumption, to be printed: the Code's rule for counting months stands in Section A."""


class Timeliness(StrEnum):
    """How an act stands to its last moment."""

    KEPT = "kept"
    LATE = "late"
    OPEN = "open"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One act that the Code wants by a moment.

    Attributes:
        what: the act, e.g. ``notice of the claim``.
        due: the last moment that is in time.
        done: when it was done; None if it was not.
    """

    clause: str
    what: str
    due: datetime
    done: datetime | None

    def at(self, now: datetime) -> Timeliness:
        """How it stands now."""
        if self.done is not None:
            return Timeliness.KEPT if self.done <= self.due else Timeliness.LATE
        return Timeliness.OPEN if now <= self.due else Timeliness.MISSED


def three_months_after(moment: datetime) -> datetime:
    """The last moment of a period of three months."""
    ends: datetime = moment + THREE_MONTHS
    return ends


def three_month_periods(start: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """The periods of three months one after another from `start` that end by `until`.

    Each is counted from `start`, so that a month without a 31st does not shorten all later ones.
    """
    periods: list[tuple[datetime, datetime]] = []
    first, number = start, 1
    while (last := start + THREE_MONTHS * number) <= until:
        periods.append((first, last))
        first, number = last, number + 1
    return periods
