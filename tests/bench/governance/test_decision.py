"""The decision gate, and attempts to get round it (SEC L1.17(i), L10.2(a), L10.15)."""

import copy
import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.governance.committee import Attendance, GateError, Meeting, Office
from firmware_sim.bench.governance.compromise import (
    Body,
    Certainty,
    Compromise,
    Notification,
    RelevantKeyKind,
)
from firmware_sim.bench.governance.decision import (
    Decision,
    DecisionGate,
    DecisionOutcome,
    Motion,
    VerifiedDecision,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FOUR = (Office.CHAIR, Office.SUPPLIER_1, Office.NETWORK_1, Office.TABASC)
QUORUM = Meeting.of(*FOUR, minutes="M-1", opened=NOON + HOUR)
ROOT = Compromise(
    "root-oca, generation 1", RelevantKeyKind.ISSUER, Certainty.SUSPECTED, NOON, Body.DCC
)
RECOVERY, CONTINGENCY = DecisionOutcome.REQUIRE_RECOVERY, DecisionOutcome.REQUIRE_CONTINGENCY


class Gate:
    """A gate with its clock, at one hour after noon; the root's fall is notified then."""

    def __init__(self, compromise: Compromise | None = ROOT) -> None:
        self.clock = StillClock(NOON + HOUR)
        self.gate = DecisionGate(self.clock)
        if compromise is not None:
            self.gate.notify(
                Notification(compromise, Body.DCC, Body.SMKI_PMA, compromise.detected_at + HOUR)
            )

    def at(self, hours: float) -> DecisionGate:
        self.clock.put_time(NOON + hours * HOUR)
        return self.gate

    def decide(
        self,
        outcome: DecisionOutcome = CONTINGENCY,
        *,
        hours: float = 2,
        meeting: Meeting = QUORUM,
        compromise: Compromise = ROOT,
        valid_until: datetime | None = None,
        against: tuple[Office, ...] = (),
        unanimous: bool = False,
    ) -> VerifiedDecision:
        motion = Motion(outcome, valid_until=valid_until, against=against, unanimous=unanimous)
        return self.at(hours).decide(meeting, compromise, motion)


def test_a_decision_of_a_quorate_meeting_after_notice_holds() -> None:
    gate = Gate()
    decision = gate.decide()
    record = gate.at(3).verify(decision)
    assert record.outcome is CONTINGENCY
    assert (record.minutes, record.members_present) == ("M-1", 4)
    assert record.at == NOON + 2 * HOUR
    assert gate.gate.decisions == (record,)


def test_not_required_is_a_valid_decision() -> None:
    decision = Gate().decide(DecisionOutcome.NOT_REQUIRED)
    assert decision.outcome is DecisionOutcome.NOT_REQUIRED


def test_a_meeting_without_a_quorum_cannot_decide() -> None:
    for offices in (FOUR[:3], (Office.SUPPLIER_1, Office.SUPPLIER_2, *FOUR[2:])):
        gate = Gate()
        with pytest.raises(GateError, match=r"L1\.13"):
            gate.decide(meeting=Meeting.of(*offices, opened=NOON))
        assert gate.gate.decisions == ()


def test_row_10_one_person_under_labels_that_look_alike_is_no_quorum() -> None:
    for label in ("A", "a ", "\N{CYRILLIC SMALL LETTER A}", "a\N{ZERO WIDTH SPACE}", "-", "a--b"):
        with pytest.raises(GateError, match=r"no label of a person.*L1\.4"):
            Attendance(Office.SUPPLIER_1, person=label)
    seats = tuple(Attendance(office, person="a") for office in FOUR)
    with pytest.raises(GateError, match="one office each"):
        Gate().decide(meeting=Meeting(seats, "M-2", NOON))


def test_a_meeting_object_that_claims_a_quorum_is_refused() -> None:
    class Obliging(Meeting):
        def require_quorum(self) -> None:
            return None

    with pytest.raises(GateError, match=r"L1\.13"):
        Gate().decide(meeting=Obliging((), "M-2", NOON))


def test_nothing_is_decided_after_a_meeting_was_closed() -> None:
    meeting = replace(QUORUM, closed=NOON + 2 * HOUR)
    Gate().decide(meeting=meeting, hours=1.9)
    for hours in (2, 2.1):
        with pytest.raises(GateError, match=r"was over at 2026-03-02 14:00.*L1\.13"):
            Gate().decide(meeting=meeting, hours=hours)


def test_a_meeting_that_is_closed_after_days_was_over_after_one() -> None:
    meeting = replace(QUORUM, closed=NOON + 72 * HOUR)
    with pytest.raises(GateError, match=r"was over at 2026-03-03 13:00"):
        Gate().decide(meeting=meeting, hours=26)


def test_a_meeting_that_was_not_closed_is_over_after_a_day() -> None:
    Gate().decide(hours=25)
    with pytest.raises(GateError, match=r"was over at 2026-03-03 13:00"):
        Gate().decide(hours=25.1)


def test_nothing_is_decided_before_a_meeting_has_begun() -> None:
    for meeting in (replace(QUORUM, opened=NOON + 3 * HOUR), replace(QUORUM, opened=None)):
        with pytest.raises(GateError, match="has not begun"):
            Gate().decide(meeting=meeting)


def test_a_motion_needs_more_than_half_of_those_present() -> None:
    Gate().decide(against=(Office.TABASC,))
    with pytest.raises(GateError, match=r"2 of 4 members are for it \[SEC L1.15\]"):
        Gate().decide(against=(Office.TABASC, Office.CHAIR))
    with pytest.raises(GateError, match="3 of 4 members"):
        Gate().decide(against=(Office.TABASC,), unanimous=True)
    with pytest.raises(GateError, match="supplier-4 votes without being there"):
        Gate().decide(against=(Office.SUPPLIER_4,))


def test_a_meeting_cannot_decide_before_a_notice() -> None:
    with pytest.raises(GateError, match=r"L10\.15"):
        Gate(None).decide()


def test_a_notice_of_another_compromise_does_not_count() -> None:
    with pytest.raises(GateError, match=r"L10\.15"):
        Gate(replace(ROOT, key="supplier.DS, generation 1")).decide()


def test_a_decision_before_its_notice_is_refused() -> None:
    gate = Gate(None)
    gate.gate.notify(Notification(ROOT, Body.DCC, Body.SMKI_PMA, NOON + 3 * HOUR))
    with pytest.raises(GateError, match=r"L10\.15"):
        gate.decide(hours=2)


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [(Body.PARTY, Body.SMKI_PMA), (Body.DCC, Body.PARTY), (Body.SMKI_PMA, Body.DCC)],
)
def test_only_a_notice_from_the_dcc_to_the_pma_is_accepted(sender: Body, recipient: Body) -> None:
    with pytest.raises(GateError, match=r"L10\.15"):
        Gate(None).gate.notify(Notification(ROOT, sender, recipient, NOON))


def test_a_notice_dated_before_the_detection_is_refused() -> None:
    with pytest.raises(GateError):
        Gate(None).gate.notify(Notification(ROOT, Body.DCC, Body.SMKI_PMA, NOON - HOUR))


def test_a_decision_does_not_hold_after_its_end_by_the_gates_own_clock() -> None:
    gate = Gate()
    decision = gate.decide(valid_until=NOON + 5 * HOUR)
    gate.at(5).verify(decision)
    with pytest.raises(GateError, match="no longer"):
        gate.at(5.01).verify(decision)


def test_row_10_a_clock_that_is_set_back_before_the_end_of_a_decision_is_refused() -> None:
    gate = Gate()
    decision = gate.decide(valid_until=NOON + 5 * HOUR)
    with pytest.raises(GateError, match="no longer"):
        gate.at(6).verify(decision)
    with pytest.raises(GateError, match=r"set back.*L10\.2"):
        gate.at(4).verify(decision)


def test_a_later_decision_supersedes_an_earlier_one() -> None:
    gate = Gate()
    first = gate.decide()
    second = gate.decide(DecisionOutcome.NOT_REQUIRED, hours=3)
    gate.at(4).verify(second)
    with pytest.raises(GateError, match="supersedes"):
        gate.gate.verify(first)


def test_row_10_the_same_key_declared_actual_keeps_no_overruled_decision_alive() -> None:
    gate = Gate()
    first = gate.decide()
    actual = replace(ROOT, certainty=Certainty.ACTUAL, detected_at=NOON + HOUR, reporter=Body.PARTY)
    gate.decide(DecisionOutcome.NOT_REQUIRED, hours=3, compromise=actual)
    with pytest.raises(GateError, match="supersedes"):
        gate.gate.verify(first)


def test_a_decision_of_another_gate_is_refused() -> None:
    decision = Gate().decide()
    with pytest.raises(GateError, match="no decision"):
        Gate().at(3).verify(decision)


def test_a_verified_decision_cannot_be_constructed() -> None:
    record = Gate().decide().decision
    with pytest.raises(GateError):
        VerifiedDecision(record, object())


def test_a_decision_constructed_by_force_is_refused() -> None:
    gate = Gate()
    genuine = gate.decide()
    forged = object.__new__(VerifiedDecision)
    object.__setattr__(forged, "_decision", genuine.decision)
    with pytest.raises(GateError, match="no decision"):
        gate.gate.verify(forged)


def test_a_record_of_a_decision_is_refused_as_a_decision() -> None:
    gate = Gate()
    record = gate.decide().decision
    with pytest.raises(GateError, match="no decision"):
        gate.gate.verify(record)  # type: ignore[arg-type]
    with pytest.raises(GateError, match="no decision"):
        gate.gate.verify(replace(record, outcome=RECOVERY))  # type: ignore[arg-type]


def test_a_verified_decision_is_not_replaced_copied_or_pickled() -> None:
    decision = Gate().decide()
    with pytest.raises(TypeError):
        replace(decision, outcome=RECOVERY)  # type: ignore[type-var]
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(GateError):
            attempt(decision)


def test_a_verified_decision_does_not_change() -> None:
    with pytest.raises(GateError):
        Gate().decide()._decision = None  # type: ignore[assignment]


def test_a_decision_edited_by_force_is_refused() -> None:
    gate = Gate()
    decision = gate.decide(RECOVERY)
    edited = replace(decision.decision, outcome=CONTINGENCY)
    object.__setattr__(decision, "_decision", edited)
    with pytest.raises(GateError, match="not what was decided"):
        gate.gate.verify(decision)


def test_a_record_edited_by_force_does_not_change_a_decision() -> None:
    """The register shares no object with its callers."""
    for field, value in (("outcome", CONTINGENCY), ("at", NOON), ("minutes", "M-9")):
        gate = Gate()
        decision = gate.decide(RECOVERY)
        object.__setattr__(decision.decision, field, value)
        with pytest.raises(GateError, match="not what was decided"):
            gate.gate.verify(decision)


def test_limits_widened_by_force_do_not_change_a_decision() -> None:
    gate = Gate()
    decision = gate.decide(RECOVERY)
    object.__setattr__(decision.decision.limits, "generations", frozenset({1, 2}))
    with pytest.raises(GateError, match="not what was decided"):
        gate.gate.verify(decision)


def test_a_subclass_that_equals_everything_is_refused() -> None:
    class Agreeable(VerifiedDecision):
        def __init__(self, decision: Decision) -> None:
            object.__setattr__(self, "_decision", decision)

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 0

    gate = Gate()
    record = gate.decide().decision
    with pytest.raises(GateError, match="no decision"):
        gate.gate.verify(Agreeable(record))
