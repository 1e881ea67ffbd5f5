"""Who makes a quorum of the SMKI PMA (SEC L1.3, L1.4, L1.12, L1.13)."""

import pytest

from firmware_sim.bench.governance.committee import Attendance, GateError, Meeting, Office

CHAIR, SPECIALIST = Office.CHAIR, Office.SMKI_SPECIALIST
THREE = (Office.SUPPLIER_1, Office.NETWORK_1, Office.TABASC)


def meeting(*attendances: Attendance) -> Meeting:
    return Meeting(attendances, "minutes")


def seats(*offices: Office) -> list[Attendance]:
    return [Attendance(office) for office in offices]


STAND_IN = Attendance(CHAIR, person=SPECIALIST.value, alternate=True)
INDEPENDENT = Attendance(CHAIR, person="independent", alternate=True)

QUORATE = {
    "chair and three": meeting(*seats(CHAIR, *THREE)),
    "all ten offices": meeting(*seats(*Office)),
    "L1.12(a): the SMKI Specialist stands in and counts once": meeting(
        STAND_IN, *seats(SPECIALIST, *THREE)
    ),
    "L1.12(a): the SMKI Specialist stands in, own office not claimed": meeting(
        STAND_IN, *seats(*THREE)
    ),
    "L1.12(b): an independent person stands in": meeting(INDEPENDENT, *seats(*THREE)),
    "L1.12: a supplier member's Alternate": meeting(
        Attendance(Office.SUPPLIER_2, person="somebody", alternate=True),
        *seats(CHAIR, Office.NETWORK_1, Office.TABASC),
    ),
}


@pytest.mark.parametrize("held", QUORATE.values(), ids=QUORATE.keys())
def test_a_meeting_with_chair_and_three_members_has_a_quorum(held: Meeting) -> None:
    held.require_quorum()


INQUORATE = {
    "nobody": (meeting(), "Chair"),
    "L1.13: three with the chair": (meeting(*seats(CHAIR, *THREE[:2])), "3 members"),
    "L1.13: nine without the chair": (
        meeting(*seats(*(set(Office) - {CHAIR}))),
        "Chair",
    ),
    "L1.13: Specialist as chair and as member is one of four": (
        meeting(STAND_IN, *seats(SPECIALIST, *THREE[:2])),
        "3 members",
    ),
    "L1.4: one person in two offices": (
        meeting(
            Attendance(Office.SUPPLIER_1, person="somebody"),
            Attendance(Office.SUPPLIER_2, person="somebody"),
            *seats(CHAIR, Office.TABASC),
        ),
        "one office each",
    ),
    "L1.4: an office twice": (
        meeting(
            Attendance(Office.SUPPLIER_1, person="one"),
            Attendance(Office.SUPPLIER_1, person="two"),
            *seats(CHAIR, Office.TABASC),
        ),
        "2 times",
    ),
    "L1.12: chair and the Chair's Alternate": (
        meeting(INDEPENDENT, *seats(CHAIR, *THREE)),
        "2 times",
    ),
    "L1.12(b): another member stands in for the chair": (
        meeting(
            Attendance(CHAIR, person="supplier-1", alternate=True),
            *seats(Office.SUPPLIER_1, Office.NETWORK_1, Office.TABASC, Office.SUPPLIER_2),
        ),
        "one office each",
    ),
    "L1.12(a): another Alternate, though the Specialist is there": (
        meeting(INDEPENDENT, *seats(SPECIALIST, *THREE)),
        "is the Chair's Alternate",
    ),
    "L1.12(b): a member who stays away from his own office stands in": (
        meeting(Attendance(CHAIR, person="supplier-4", alternate=True), *seats(*THREE)),
        "another member cannot stand in",
    ),
    "L1.4: chair and Specialist as principals are one person": (
        meeting(Attendance(CHAIR, person=SPECIALIST.value), *seats(SPECIALIST, *THREE)),
        "one office each",
    ),
}


@pytest.mark.parametrize(("held", "said"), INQUORATE.values(), ids=INQUORATE.keys())
def test_an_inquorate_meeting_is_refused_with_its_reason(held: Meeting, said: str) -> None:
    with pytest.raises(GateError, match=said):
        held.require_quorum()


def test_the_committee_has_ten_offices() -> None:
    """SEC L1.3: chair 1, supplier 4, network 2, two sub-committees, SMKI Specialist."""
    assert len(Office) == 10
    assert sum(office.startswith("supplier") for office in Office) == 4
    assert sum(office.startswith("network") for office in Office) == 2
