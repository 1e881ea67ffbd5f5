"""The decision gate, and attempts to get round it (SEC L1.17(i), L10.2(a), L10.15)."""

import copy
import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from firmware_sim.bench.governance.committee import GateError, Meeting, Office
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
    VerifiedDecision,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUORUM = Meeting.of(Office.CHAIR, Office.SUPPLIER_1, Office.NETWORK_1, Office.TABASC, minutes="M-1")
ROOT = Compromise(
    "root-oca, generation 1", RelevantKeyKind.ISSUER, Certainty.SUSPECTED, NOON, Body.DCC
)
RECOVERY, CONTINGENCY = DecisionOutcome.REQUIRE_RECOVERY, DecisionOutcome.REQUIRE_CONTINGENCY


def notified(compromise: Compromise = ROOT) -> DecisionGate:
    gate = DecisionGate()
    gate.notify(Notification(compromise, Body.DCC, Body.SMKI_PMA, compromise.detected_at + HOUR))
    return gate


def decided(gate: DecisionGate, outcome: DecisionOutcome = CONTINGENCY) -> VerifiedDecision:
    return gate.decide(QUORUM, ROOT, outcome, NOON + 2 * HOUR)


def test_a_decision_of_a_quorate_meeting_after_notice_holds() -> None:
    gate = notified()
    record = gate.verify(decided(gate), NOON + 3 * HOUR)
    assert record.outcome is CONTINGENCY
    assert (record.minutes, record.members_present) == ("M-1", 4)
    assert gate.decisions == (record,)


def test_not_required_is_a_valid_decision() -> None:
    gate = notified()
    assert decided(gate, DecisionOutcome.NOT_REQUIRED).outcome is DecisionOutcome.NOT_REQUIRED


def test_a_meeting_without_a_quorum_cannot_decide() -> None:
    for offices in (
        (Office.CHAIR, Office.SUPPLIER_1, Office.NETWORK_1),
        (Office.SUPPLIER_1, Office.SUPPLIER_2, Office.NETWORK_1, Office.TABASC),
    ):
        gate = notified()
        with pytest.raises(GateError, match=r"L1\.13"):
            gate.decide(Meeting.of(*offices), ROOT, CONTINGENCY, NOON + 2 * HOUR)
        assert gate.decisions == ()


def test_a_meeting_object_that_claims_a_quorum_is_refused() -> None:
    class Obliging(Meeting):
        def require_quorum(self) -> None:
            return None

    with pytest.raises(GateError, match=r"L1\.13"):
        notified().decide(Obliging((), "M-2"), ROOT, CONTINGENCY, NOON + 2 * HOUR)


def test_a_meeting_cannot_decide_before_a_notice() -> None:
    with pytest.raises(GateError, match=r"L10\.15"):
        decided(DecisionGate())


def test_a_notice_of_another_compromise_does_not_count() -> None:
    with pytest.raises(GateError, match=r"L10\.15"):
        decided(notified(replace(ROOT, key="supplier.DS, generation 1")))


def test_a_decision_dated_before_its_notice_is_refused() -> None:
    with pytest.raises(GateError, match=r"L10\.15"):
        notified().decide(QUORUM, ROOT, CONTINGENCY, NOON + HOUR / 2)


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [(Body.PARTY, Body.SMKI_PMA), (Body.DCC, Body.PARTY), (Body.SMKI_PMA, Body.DCC)],
)
def test_only_a_notice_from_the_dcc_to_the_pma_is_accepted(sender: Body, recipient: Body) -> None:
    with pytest.raises(GateError, match=r"L10\.15"):
        DecisionGate().notify(Notification(ROOT, sender, recipient, NOON))


def test_a_notice_dated_before_the_detection_is_refused() -> None:
    with pytest.raises(GateError):
        DecisionGate().notify(Notification(ROOT, Body.DCC, Body.SMKI_PMA, NOON - HOUR))


def test_a_decision_does_not_hold_before_it_was_taken() -> None:
    gate = notified()
    decision = decided(gate)
    with pytest.raises(GateError, match="not yet"):
        gate.verify(decision, NOON + 2 * HOUR - timedelta(seconds=1))
    gate.verify(decision, NOON + 2 * HOUR)


def test_a_decision_does_not_hold_after_its_end() -> None:
    gate = notified()
    end = NOON + 5 * HOUR
    decision = gate.decide(QUORUM, ROOT, CONTINGENCY, NOON + 2 * HOUR, valid_until=end)
    gate.verify(decision, end)
    with pytest.raises(GateError, match="no longer"):
        gate.verify(decision, end + timedelta(seconds=1))


def test_a_later_decision_supersedes_an_earlier_one() -> None:
    gate = notified()
    first = decided(gate)
    second = gate.decide(QUORUM, ROOT, DecisionOutcome.NOT_REQUIRED, NOON + 3 * HOUR)
    gate.verify(second, NOON + 4 * HOUR)
    with pytest.raises(GateError, match="supersedes"):
        gate.verify(first, NOON + 4 * HOUR)


def test_a_decision_of_another_gate_is_refused() -> None:
    with pytest.raises(GateError, match="no decision"):
        notified().verify(decided(notified()), NOON + 3 * HOUR)


def test_a_verified_decision_cannot_be_constructed() -> None:
    record = decided(notified()).decision
    with pytest.raises(GateError):
        VerifiedDecision(record, object())


def test_a_decision_constructed_by_force_is_refused() -> None:
    gate = notified()
    genuine = decided(gate)
    forged = object.__new__(VerifiedDecision)
    object.__setattr__(forged, "_decision", genuine.decision)
    with pytest.raises(GateError, match="no decision"):
        gate.verify(forged, NOON + 3 * HOUR)


def test_a_record_of_a_decision_is_refused_as_a_decision() -> None:
    gate = notified()
    record = decided(gate).decision
    with pytest.raises(GateError, match="no decision"):
        gate.verify(record, NOON + 3 * HOUR)  # type: ignore[arg-type]
    with pytest.raises(GateError, match="no decision"):
        gate.verify(replace(record, outcome=RECOVERY), NOON + 3 * HOUR)  # type: ignore[arg-type]


def test_a_verified_decision_is_not_replaced_copied_or_pickled() -> None:
    decision = decided(notified())
    with pytest.raises(TypeError):
        replace(decision, outcome=RECOVERY)  # type: ignore[type-var]
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(GateError):
            attempt(decision)


def test_a_verified_decision_does_not_change() -> None:
    with pytest.raises(GateError):
        decided(notified())._decision = None  # type: ignore[assignment]


def test_a_decision_edited_by_force_is_refused() -> None:
    gate = notified()
    decision = decided(gate, RECOVERY)
    edited = replace(decision.decision, outcome=CONTINGENCY)
    object.__setattr__(decision, "_decision", edited)
    with pytest.raises(GateError, match="not what was decided"):
        gate.verify(decision, NOON + 3 * HOUR)


def test_a_record_edited_by_force_does_not_change_a_decision() -> None:
    """The register shares no object with its callers."""
    for field, value in (("outcome", CONTINGENCY), ("at", NOON), ("minutes", "M-9")):
        gate = notified()
        decision = decided(gate, RECOVERY)
        object.__setattr__(decision.decision, field, value)
        with pytest.raises(GateError, match="not what was decided"):
            gate.verify(decision, NOON + 3 * HOUR)


def test_a_subclass_that_equals_everything_is_refused() -> None:
    class Agreeable(VerifiedDecision):
        def __init__(self, decision: Decision) -> None:
            object.__setattr__(self, "_decision", decision)

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 0

    gate = notified()
    record = decided(gate).decision
    with pytest.raises(GateError, match="no decision"):
        gate.verify(Agreeable(record), NOON + 3 * HOUR)
