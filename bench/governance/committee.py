"""The SMKI PMA in session: its offices, who attends, and whether business may be done."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from firmware_sim.bench.errors import BenchError

QUORUM = 4
"""Members who must be present, one of them for the Chair (SEC L1.13)."""


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
            person matters. Empty for the holder of the office.
        alternate: whether the person stands in for the holder (SEC L1.12).
    """

    office: Office
    person: str = ""
    alternate: bool = False

    @property
    def sitter(self) -> str:
        """The label that tells persons apart."""
        return self.person or self.office.value


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of the SMKI PMA.

    Attributes:
        attendances: who represents which office.
        minutes: reference of its minutes.
    """

    attendances: tuple[Attendance, ...]
    minutes: str

    @classmethod
    def of(cls, *offices: Office, minutes: str = "drill minutes") -> "Meeting":
        """A meeting to which each of these offices' holders came."""
        return cls(tuple(Attendance(office) for office in offices), minutes)

    @property
    def present(self) -> int:
        """How many members count towards the quorum: persons, not offices."""
        return len({attendance.sitter for attendance in self.attendances})

    def require_quorum(self) -> None:
        """Check that business may be done.

        Raises:
            GateError: an office twice, a person in two offices, no Chair, fewer than four.
        """
        offices = Counter(attendance.office for attendance in self.attendances)
        for office, count in offices.items():
            if count > 1:
                raise GateError(f"{office} is represented {count} times [SEC L1.4]")
        self._require_one_office_each()
        if Office.CHAIR not in offices:
            raise GateError("neither the Chair nor the Chair's Alternate is there [SEC L1.13]")
        if self.present < QUORUM:
            raise GateError(f"{self.present} members are present, not {QUORUM} [SEC L1.13]")

    def _require_one_office_each(self) -> None:
        seats: dict[str, set[Attendance]] = {}
        for attendance in self.attendances:
            seats.setdefault(attendance.sitter, set()).add(attendance)
        for person, held in seats.items():
            if len(held) > 1 and not _specialist_stands_in(held):
                offices = ", ".join(sorted(attendance.office for attendance in held))
                raise GateError(f"{person} sits for {offices}: one office each [SEC L1.4, L1.12]")


def _specialist_stands_in(held: set[Attendance]) -> bool:
    """Whether this is the SMKI Specialist, also standing in for the Chair (SEC L1.12(a))."""
    roles = {(attendance.office, attendance.alternate) for attendance in held}
    return roles == {(Office.SMKI_SPECIALIST, False), (Office.CHAIR, True)}
