"""Custody signs and releases for a decision that requires it, and for nothing else."""

import copy
import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.governance.committee import GateError, Meeting, Office
from firmware_sim.bench.governance.compromise import (
    Body,
    Certainty,
    Compromise,
    Notification,
    RelevantKeyKind,
)
from firmware_sim.bench.governance.decision import DecisionGate, DecisionOutcome, VerifiedDecision
from firmware_sim.bench.smki.custody import Custody, CustodyAct, CustodyError, CustodyKey
from firmware_sim.gbcs.contingency import WrapAlgorithm, unwrap_contingency_key
from firmware_sim.gbcs.crypto import P256Suite

SUITE = P256Suite()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
QUORUM = Meeting.of(Office.CHAIR, Office.SUPPLIER_1, Office.NETWORK_1, Office.TABASC)
ROOT = Compromise("root-oca", RelevantKeyKind.ISSUER, Certainty.ACTUAL, NOON, Body.DCC)
OUTCOMES = DecisionOutcome


def keys() -> dict[tuple[CustodyKey, int], bytes]:
    return {
        (CustodyKey.RECOVERY, 1): (0xA1).to_bytes(32, "big"),
        (CustodyKey.CONTINGENCY, 1): (0xB1).to_bytes(32, "big"),
        (CustodyKey.SYMMETRIC, 1): bytes(range(16)),
        (CustodyKey.RECOVERY, 2): (0xA2).to_bytes(32, "big"),
    }


def opened(outcome: DecisionOutcome) -> tuple[Custody, VerifiedDecision]:
    gate = DecisionGate()
    gate.notify(Notification(ROOT, Body.DCC, Body.SMKI_PMA, NOON))
    custody = Custody(keys(), SUITE)
    custody.answer_to(gate)
    return custody, gate.decide(QUORUM, ROOT, outcome, NOON)


def test_recovery_signs_when_required() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_RECOVERY)
    signature = custody.sign_recovery(decision, b"command", at=LATER)
    point = custody.public_key(CustodyKey.RECOVERY)
    assert point == SUITE.public_key((0xA1).to_bytes(32, "big"))
    assert SUITE.verify(point, b"command", signature)


def test_contingency_signs_and_the_symmetric_key_is_released_when_required() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_CONTINGENCY)
    signature = custody.sign_contingency(decision, b"command", at=LATER)
    symmetric = custody.release_symmetric_key(decision, at=LATER)
    assert symmetric == bytes(range(16))
    apex = custody.wrapped_contingency_key(1, WrapAlgorithm.AES128_WRAP_PAD)
    point = unwrap_contingency_key(apex, symmetric, SUITE, allowed=set(WrapAlgorithm))
    assert SUITE.verify(point, b"command", signature)


def test_a_decision_for_recovery_opens_neither_contingency_nor_the_symmetric_key() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_RECOVERY)
    with pytest.raises(CustodyError, match=r"L10\.2"):
        custody.sign_contingency(decision, b"command", at=LATER)
    with pytest.raises(CustodyError, match=r"L10\.2"):
        custody.release_symmetric_key(decision, at=LATER)


def test_a_decision_for_contingency_does_not_open_recovery() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_CONTINGENCY)
    with pytest.raises(CustodyError, match=r"L10\.2"):
        custody.sign_recovery(decision, b"command", at=LATER)


def refused_everything(custody: Custody, decision: VerifiedDecision) -> None:
    for use in (custody.sign_recovery, custody.sign_contingency):
        with pytest.raises((CustodyError, GateError), match=r"L10\.2"):
            use(decision, b"command", at=LATER)
    with pytest.raises((CustodyError, GateError), match=r"L10\.2"):
        custody.release_symmetric_key(decision, at=LATER)


def test_the_decision_not_required_opens_nothing() -> None:
    refused_everything(*opened(OUTCOMES.NOT_REQUIRED))


def test_objects_that_are_no_verified_decision_open_nothing() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_CONTINGENCY)
    for attempt in (None, decision.decision, OUTCOMES.REQUIRE_RECOVERY, object()):
        refused_everything(custody, attempt)  # type: ignore[arg-type]


def test_a_decision_of_another_gate_opens_nothing() -> None:
    custody, _ = opened(OUTCOMES.REQUIRE_CONTINGENCY)
    _, foreign = opened(OUTCOMES.REQUIRE_CONTINGENCY)
    refused_everything(custody, foreign)


def test_custody_without_a_gate_opens_nothing() -> None:
    _, decision = opened(OUTCOMES.REQUIRE_CONTINGENCY)
    refused_everything(Custody(keys(), SUITE), decision)


def test_custody_does_not_change_its_gate() -> None:
    custody, _ = opened(OUTCOMES.REQUIRE_RECOVERY)
    with pytest.raises(CustodyError):
        custody.answer_to(DecisionGate())


def test_custody_does_not_sign_before_the_time_of_the_decision() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_RECOVERY)
    with pytest.raises(GateError, match="not yet"):
        custody.sign_recovery(decision, b"command", at=NOON - timedelta(seconds=1))


def test_custody_records_uses_and_refusals() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_RECOVERY)
    custody.sign_recovery(decision, b"abc", at=LATER, generation=2)
    with pytest.raises(CustodyError):
        custody.sign_contingency(decision, b"abc", at=LATER)
    signed, refused = custody.events
    assert (signed.act, signed.key, signed.generation, signed.allowed, signed.at) == (
        CustodyAct.SIGN,
        CustodyKey.RECOVERY,
        2,
        True,
        LATER,
    )
    # FIPS 180-2, example B.1.
    assert signed.digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (refused.allowed, refused.digest) == (False, "")
    assert "does not require" in refused.reason


def test_handing_out_a_key_is_recorded_as_a_compromise() -> None:
    custody = Custody(keys(), SUITE)
    copied = custody.compromise(CustodyKey.CONTINGENCY, LATER, "for the attacker")
    assert copied == (0xB1).to_bytes(32, "big")
    (event,) = custody.events
    assert (event.act, event.key, event.at) == (
        CustodyAct.COMPROMISE,
        CustodyKey.CONTINGENCY,
        LATER,
    )


def test_a_key_that_custody_does_not_hold_is_an_error() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_RECOVERY)
    with pytest.raises(CustodyError, match="generation 3"):
        custody.sign_recovery(decision, b"command", at=LATER, generation=3)
    with pytest.raises(CustodyError, match="symmetric"):
        custody.public_key(CustodyKey.SYMMETRIC)


def test_no_key_of_custody_is_printed_copied_or_pickled(tmp_path: Path) -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_CONTINGENCY)
    custody.sign_contingency(decision, b"command", at=LATER)
    shown = repr(custody) + str(custody.events) + str(custody.events[0]) + repr(decision)
    for key in keys().values():
        assert key.hex() not in shown
        assert repr(key) not in shown
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(CustodyError):
            attempt(custody)


def test_keys_are_kept_in_files_for_the_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "custody"
    Custody(keys(), SUITE).deposit(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    files = [each for each in folder.iterdir() if each.name != "README.txt"]
    assert len(files) == len(keys())
    assert all(each.stat().st_mode & 0o777 == 0o600 for each in files)
    assert all(b"for simulation only" in each.read_bytes() for each in files)
    again = Custody.fetch(folder, SUITE)
    for key, generation in keys():
        assert again.compromise(key, NOON, "test", generation=generation) == keys()[key, generation]


def test_a_damaged_key_file_is_a_usage_error(tmp_path: Path) -> None:
    folder = tmp_path / "custody"
    Custody(keys(), SUITE).deposit(folder)
    (folder / "recovery-1.key.pem").write_text("nothing")
    with pytest.raises(UsageError, match="recovery-1"):
        Custody.fetch(folder, SUITE)
