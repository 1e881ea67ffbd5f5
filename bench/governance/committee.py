"""The SMKI PMA in session: its offices, who attends, and whether business may be done."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from firmware_sim.bench.errors import BenchError

QUORUM = 4
"""Members who must be present, one of them for the Chair (SEC L1.13)."""

LONGEST_MEETING: Final = timedelta(hours=24)
"""After so long a meeting that was not closed is over. Our assumption: Section L is silent."""

_LABEL: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


class GateError(BenchError):
    """The decision gate refuses; the text says by which rule."""


class Office(StrEnum):
    """The ten offices of an SMKI PMA Member (SEC L1.3)."""

    CHAIR = "chair"
    SUPPLIER_1 = "supplier-1"
    SUPPLIER_2 = "supplier-2"
    SUPPLIER_3 = "supplier-3"
    SUPPLIER_4 = "supplier-4"
    NETWORK_1 = "network-1"
    NETWORK_2 = "network-2"
    SECURITY_SUB_COMMITTEE = "security-sub-committee"
    TABASC = "tabasc"
    SMKI_SPECIALIST = "smki-specialist"


@dataclass(frozen=True, slots=True)
class Attendance:
    """One office represented at a meeting.

    Attributes:
        person: a label for the person who attends, never a name: only whether two are the same
            person matters. Lower-case ASCII letters and digits with single hyphens, so that no
            two labels look alike. Empty for the holder of the office.
        alternate: whether the person stands in for the holder (SEC L1.12).
    """

    office: Office
    person: str = ""
    alternate: bool = False

    def __post_init__(self) -> None:
        if self.person and not is_label(self.person):
            raise GateError(
                f"{self.person!r} is no label of a person: use a-z, 0-9 and hyphens [SEC L1.4]"
            )

    @property
    def sitter(self) -> str:
        """The label that tells persons apart."""
        return self.person or self.office.value


def is_label(text: str) -> bool:
    """Whether a text can label a person."""
    return _LABEL.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of the SMKI PMA.

    Attributes:
        attendances: who represents which office.
        minutes: reference of its minutes.
        opened: when it began; None for a meeting without hours, which cannot decide.
        closed: when it ends or ended; None if it was not closed.
    """

    attendances: tuple[Attendance, ...]
    minutes: str
    opened: datetime | None = None
    closed: datetime | None = None

    @classmethod
    def of(
        cls, *offices: Office, minutes: str = "drill minutes", opened: datetime | None = None
    ) -> "Meeting":
        """A meeting to which each of these offices' holders came."""
        return cls(tuple(Attendance(office) for office in offices), minutes, opened)

    @property
    def present(self) -> int:
        """How many members count towards the quorum: persons, not offices."""
        return len({attendance.sitter for attendance in self.attendances})

    def require_open(self, at: datetime) -> None:
        """Check that the meeting is in session.

        Raises:
            GateError: it has not begun, was closed, or has lasted over `LONGEST_MEETING`.
        """
        if self.opened is None or at < self.opened:
            raise GateError(f"the meeting has not begun at {_shown(at)} [SEC L1.13]")
        longest = self.opened + LONGEST_MEETING
        end = longest if self.closed is None else min(self.closed, longest)
        # What comes in the very minute of the closing comes after it.
        if at > end or (self.closed is not None and at >= self.closed):
            raise GateError(
                f"the meeting was over at {_shown(end)}: nothing is decided after it [SEC L1.13]"
            )

    def require_quorum(self) -> None:
        """Check that business may be done.

        Raises:
            GateError: an office twice, a person in two offices, no Chair, fewer than four, or an
                Alternate for the Chair that may not be one.
        """
        offices = Counter(attendance.office for attendance in self.attendances)
        for office, count in offices.items():
            if count > 1:
                raise GateError(f"{office} is represented {count} times [SEC L1.4]")
        self._require_one_office_each()
        if Office.CHAIR not in offices:
            raise GateError("neither the Chair nor the Chair's Alternate is there [SEC L1.13]")
        self._require_fit_alternate(offices)
        if self.present < QUORUM:
            raise GateError(f"{self.present} members are present, not {QUORUM} [SEC L1.13]")

    def require_majority(self, against: Collection[Office], *, unanimous: bool = False) -> None:
        """Check that a motion is carried by the persons present (SEC L1.15 leaves it to C5).

        Args:
            against: the offices that vote against it, or abstain.
            unanimous: all must be for it, not only more than half.

        Raises:
            GateError: it is not carried, or an office votes that is not there.
        """
        seats = {attendance.office: attendance.sitter for attendance in self.attendances}
        absent = sorted(set(against) - seats.keys())
        if absent:
            raise GateError(f"{', '.join(absent)} votes without being there [SEC L1.15]")
        opposed = len({seats[office] for office in against})
        carried = opposed == 0 if unanimous else 2 * (self.present - opposed) > self.present
        if not carried:
            raise GateError(
                f"the motion is not carried: {self.present - opposed} of {self.present} members "
                "are for it [SEC L1.15]"
            )

    def _require_one_office_each(self) -> None:
        seats: dict[str, set[Attendance]] = {}
        for attendance in self.attendances:
            seats.setdefault(attendance.sitter, set()).add(attendance)
        for person, held in seats.items():
            if len(held) > 1 and not specialist_stands_in(held):
                offices = ", ".join(sorted(attendance.office for attendance in held))
                raise GateError(f"{person} sits for {offices}: one office each [SEC L1.4, L1.12]")

    def _require_fit_alternate(self, offices: Counter[Office]) -> None:
        """Another Alternate than the Specialist: only where the Specialist is unavailable."""
        (chair,) = (each for each in self.attendances if each.office is Office.CHAIR)
        if not chair.alternate or chair.sitter == Office.SMKI_SPECIALIST:
            return
        if chair.sitter in set(Office):
            raise GateError("another member cannot stand in for the Chair [SEC L1.12(b)]")
        if Office.SMKI_SPECIALIST in offices:
            raise GateError(
                "the SMKI Specialist is there, and is the Chair's Alternate [SEC L1.12(a), (b)]"
            )


def specialist_stands_in(held: set[Attendance]) -> bool:
    """Whether this is the SMKI Specialist, also standing in for the Chair (SEC L1.12(a))."""
    roles = {(attendance.office, attendance.alternate) for attendance in held}
    return roles == {(Office.SMKI_SPECIALIST, False), (Office.CHAIR, True)}


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
