"""Custody signs and releases for a decision that requires it, and for nothing else."""

import copy
import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from shutil import rmtree

import pytest

from firmware_sim.bench.commands.compose import Content, Header, compose
from firmware_sim.bench.commands.protection import KeySigner
from firmware_sim.bench.commands.requests import UpdateRequest
from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.governance.committee import GateError
from firmware_sim.bench.governance.decision import DecisionGate, DecisionOutcome, VerifiedDecision
from firmware_sim.bench.governance.protected_command import ProtectedCommand
from firmware_sim.bench.governance.scope import RecoveryMethod
from firmware_sim.bench.smki.custody import (
    Custody,
    CustodyAct,
    CustodyError,
    CustodyKey,
    CustodyRefusal,
)
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.bench.smki.shares import Custodians, SharesError, combine, split
from firmware_sim.gbcs.contingency import WrapAlgorithm, unwrap_contingency_key
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, TrustAnchorCellId
from tests.bench.parties.decisions import PmaDesk, limits
from tests.bench.smki.old_folders import old_custody

SUITE = P256Suite()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
OUTCOMES = DecisionOutcome
DEVICE, STRANGER = EntityId(bytes(7) + b"\1"), EntityId(bytes(7) + b"\2")
RECOVERY_CELL = TrustAnchorCellId.parse("recovery.DS")
MODES = ReplacementMode
THREE = Custodians().names[:3]


@cache
def pki() -> DrillPki:
    return DrillPki.generate(5)


@cache
def command(
    mode: ReplacementMode = MODES.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
    cell: TrustAnchorCellId = RECOVERY_CELL,
    device: EntityId = DEVICE,
    source: TrustAnchorCellId | None = None,
    execution: datetime | None = None,
) -> bytes:
    """What the signature of a real command covers."""
    certificate = pki().cell_certificate(source or cell, 2).octets
    request = UpdateRequest(mode, (Replacement(certificate, cell),), execution=execution)
    symmetric = bytes(16) if mode is MODES.ANY_BY_CONTINGENCY else None
    content = Content.update(request, DeviceType.ESME, 7, symmetric)
    header = Header(EntityId(bytes(8)), device, 7)
    signer = KeySigner(b"\1" * 32, SUITE)
    return compose(content, header, signer=signer, broker=None, agreement_key=b"").signed_octets()


RECOVERY = command()
CONTINGENCY = command(MODES.ANY_BY_CONTINGENCY, ROOT_CELL)
RELEASED = ProtectedCommand.read(CONTINGENCY)


def keys() -> dict[tuple[CustodyKey, int], bytes]:
    return {
        (CustodyKey.RECOVERY, 1): (0xA1).to_bytes(32, "big"),
        (CustodyKey.CONTINGENCY, 1): (0xB1).to_bytes(32, "big"),
        (CustodyKey.SYMMETRIC, 1): bytes(range(16)),
        (CustodyKey.RECOVERY, 2): (0xA2).to_bytes(32, "big"),
    }


def desk() -> PmaDesk:
    return PmaDesk(StillClock(NOON))


def opened(
    outcome: DecisionOutcome, *, generations: tuple[int, ...] = (1, 3), ceremony: bool = True
) -> tuple[Custody, VerifiedDecision]:
    at = desk()
    custody = Custody(keys(), SUITE)
    custody.answer_to(at.gate)
    if ceremony:
        custody.hold_ceremony(THREE)
    decision = at.decide(outcome, limits(DEVICE, generations=generations))
    at.clock.put_time(LATER)
    return custody, decision


def test_recovery_signs_when_required() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_RECOVERY)
    signature = custody.sign_recovery(decision, RECOVERY)
    point = custody.public_key(CustodyKey.RECOVERY)
    assert point == SUITE.public_key((0xA1).to_bytes(32, "big"))
    assert SUITE.verify(point, RECOVERY, signature)


def test_contingency_signs_and_the_symmetric_key_is_released_when_required() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_CONTINGENCY)
    signature = custody.sign_contingency(decision, CONTINGENCY)
    symmetric = custody.release_symmetric_key(decision, RELEASED)
    assert symmetric == bytes(range(16))
    apex = custody.wrapped_contingency_key(1, WrapAlgorithm.AES128_WRAP_PAD)
    point = unwrap_contingency_key(apex, symmetric, SUITE, allowed=set(WrapAlgorithm))
    assert SUITE.verify(point, CONTINGENCY, signature)


def test_a_decision_for_recovery_opens_neither_contingency_nor_the_symmetric_key() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_RECOVERY)
    with pytest.raises(CustodyError, match=r"L10\.2"):
        custody.sign_contingency(decision, RECOVERY)
    with pytest.raises(CustodyError, match=r"L10\.2"):
        custody.release_symmetric_key(decision, RELEASED)


def test_a_decision_for_contingency_does_not_open_recovery() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_CONTINGENCY)
    with pytest.raises(CustodyError, match=r"L10\.2"):
        custody.sign_recovery(decision, RECOVERY)


def refused_everything(custody: Custody, decision: VerifiedDecision) -> None:
    uses = (custody.sign_recovery, RECOVERY), (custody.sign_contingency, CONTINGENCY)
    for use, octets in uses:
        with pytest.raises((CustodyError, GateError), match=r"L10\.2"):
            use(decision, octets)
    with pytest.raises((CustodyError, GateError), match=r"L10\.2"):
        custody.release_symmetric_key(decision, RELEASED)


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
        custody.answer_to(DecisionGate(StillClock(NOON)))


def test_custody_signs_for_a_command_inside_the_decision_alone() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_RECOVERY)
    supplier = TrustAnchorCellId.parse("supplier.DS")
    for octets, said in (
        (command(cell=supplier), "cells supplier.DS"),
        (command(device=STRANGER), "which is no Relevant Device"),
        (b"arbitrary octets", "no command of Recovery or Contingency"),
        (RECOVERY[:-1], "no command of Recovery or Contingency"),
        (RECOVERY + b"\0", "no command of Recovery or Contingency"),
    ):
        with pytest.raises(CustodyError, match=f"outside.*{said}"):
            custody.sign_recovery(decision, octets)
    with pytest.raises(
        CustodyError, match=r"outside.*wrong Recovery Private Key was brought: generation 2"
    ):
        custody.sign_recovery(decision, RECOVERY, generation=2)
    assert {event.refusal for event in custody.events} == {CustodyRefusal.OUTSIDE}


def test_row_9_a_thousand_signatures_over_arbitrary_octets_are_refused_for_one_decision() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_RECOVERY)
    for number in range(1000):
        with pytest.raises(CustodyError, match="outside"):
            custody.sign_recovery(decision, number.to_bytes(64), generation=1 + number % 2)
    assert len(custody.events) == 1000
    assert not any(event.allowed for event in custody.events)


def test_a_method_that_was_not_decided_is_refused() -> None:
    supplier = TrustAnchorCellId.parse("supplier.DS")
    broker = TrustAnchorCellId.parse("accessControlBroker.DS")
    at, custody = desk(), Custody(keys(), SUITE)
    custody.answer_to(at.gate)
    custody.hold_ceremony(THREE)
    within = replace(limits(DEVICE, cells="supplier.DS"), methods=frozenset({RecoveryMethod.NEW}))
    decision = at.decide(OUTCOMES.REQUIRE_RECOVERY, within)
    custody.sign_recovery(decision, command(cell=supplier))
    with pytest.raises(CustodyError, match=r"outside.*Method 2"):
        custody.sign_recovery(decision, command(cell=supplier, source=broker))


def test_no_decision_is_kept_alive_by_a_clock_that_is_set_back() -> None:
    at, custody = desk(), Custody(keys(), SUITE)
    custody.answer_to(at.gate)
    custody.hold_ceremony(THREE)
    decision = at.decide(OUTCOMES.REQUIRE_RECOVERY, limits(DEVICE), valid_until=LATER)
    at.clock.put_time(LATER + timedelta(minutes=1))
    with pytest.raises(GateError, match="no longer"):
        custody.sign_recovery(decision, RECOVERY)
    at.clock.put_time(NOON)
    with pytest.raises(GateError, match="set back"):
        custody.sign_recovery(decision, RECOVERY)


def test_a_command_that_waits_past_the_end_of_the_decision_is_refused() -> None:
    at, custody = desk(), Custody(keys(), SUITE)
    custody.answer_to(at.gate)
    custody.hold_ceremony(THREE)
    decision = at.decide(OUTCOMES.REQUIRE_RECOVERY, limits(DEVICE), valid_until=LATER)
    custody.sign_recovery(decision, command(execution=LATER))
    with pytest.raises(CustodyError, match=r"outside.*after the end of the decision"):
        custody.sign_recovery(decision, command(execution=LATER + timedelta(seconds=1)))


def test_nothing_is_signed_before_the_custodians_have_come_together() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_RECOVERY, ceremony=False)
    with pytest.raises(CustodyError, match="no ceremony"):
        custody.sign_recovery(decision, RECOVERY)
    with pytest.raises(CustodyError, match="2 custodians are present, not 3"):
        custody.hold_ceremony(THREE[:2])
    with pytest.raises(CustodyError, match="'custodian-6' is no Key Custodian"):
        custody.hold_ceremony((*THREE, "custodian-6"))
    with pytest.raises(CustodyError, match="no ceremony"):
        custody.sign_recovery(decision, RECOVERY)
    custody.hold_ceremony(Custodians().names[2:])
    custody.sign_recovery(decision, RECOVERY)
    custody.end_ceremony()
    with pytest.raises(CustodyError, match="no ceremony"):
        custody.sign_recovery(decision, RECOVERY)


def test_any_three_shares_give_the_key_and_two_do_not() -> None:
    key = keys()[CustodyKey.RECOVERY, 1]
    shares = split(key, Custodians())
    for names in combinations(shares, 3):
        assert combine({name: shares[name] for name in names}, 3) == key
    two = dict(list(shares.items())[:2])
    for needed in (3, 2):
        with pytest.raises(SharesError):
            combine(two, needed)
    others = split(key, Custodians())
    mixed = {**dict(list(shares.items())[:2]), "custodian-5": others["custodian-5"]}
    with pytest.raises(SharesError, match="give no key"):
        combine(mixed, 3)


def test_one_custodian_alone_may_be_enough_where_a_story_says_so() -> None:
    key = keys()[CustodyKey.SYMMETRIC, 1]
    shares = split(key, Custodians(1, 3))
    assert set(shares) == {"custodian-1", "custodian-2", "custodian-3"}
    for name, share in shares.items():
        assert combine({name: share}, 1) == key


def test_a_root_with_the_contingency_key_of_before_is_noticed() -> None:
    at, custody = desk(), pki().custody
    custody = DrillPki.generate(5).custody
    custody.answer_to(at.gate)
    custody.hold_ceremony(THREE)
    decision = at.decide(OUTCOMES.REQUIRE_CONTINGENCY, limits(DEVICE))
    custody.sign_contingency(decision, CONTINGENCY)
    old = pki().root(1).octets
    request = UpdateRequest(MODES.ANY_BY_CONTINGENCY, (Replacement(old, ROOT_CELL),))
    content = Content.update(request, DeviceType.ESME, 8, bytes(16))
    signer = KeySigner(b"\1" * 32, SUITE)
    header = Header(EntityId(bytes(8)), DEVICE, 8)
    again = compose(content, header, signer=signer, broker=None, agreement_key=b"")
    custody.sign_contingency(decision, again.signed_octets())
    assert [event.stale_root for event in custody.events] == [False, True]


def test_imported_keys_are_opened_by_no_decision() -> None:
    custody = Custody(keys(), SUITE, imported=True)
    with pytest.raises(CustodyError, match="not in custody"):
        custody.answer_to(desk().gate)


def test_custody_records_uses_and_refusals() -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_RECOVERY)
    custody.sign_recovery(decision, RECOVERY)
    with pytest.raises(CustodyError):
        custody.sign_contingency(decision, CONTINGENCY)
    signed, refused = custody.events
    assert (signed.act, signed.key, signed.generation, signed.allowed, signed.at) == (
        CustodyAct.SIGN,
        CustodyKey.RECOVERY,
        1,
        True,
        LATER,
    )
    assert signed.digest == sha256(RECOVERY).hexdigest()
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
        custody.sign_recovery(decision, RECOVERY, generation=3)
    with pytest.raises(CustodyError, match="symmetric"):
        custody.public_key(CustodyKey.SYMMETRIC)


def test_no_key_of_custody_is_printed_copied_or_pickled(tmp_path: Path) -> None:
    custody, decision = opened(OUTCOMES.REQUIRE_CONTINGENCY)
    custody.sign_contingency(decision, CONTINGENCY)
    shown = repr(custody) + str(custody.events) + str(custody.events[0]) + repr(decision)
    for key in keys().values():
        assert key.hex() not in shown
        assert repr(key) not in shown
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(CustodyError):
            attempt(custody)


def test_custody_is_kept_as_shares_that_no_file_alone_makes_a_key_of(tmp_path: Path) -> None:
    folder = tmp_path / "custody"
    Custody(keys(), SUITE).deposit(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "custodian-1").stat().st_mode & 0o777 == 0o700
    files = [each for each in folder.rglob("*") if each.suffix == ".share"]
    assert len(files) == 5 * len(keys())
    assert all(each.stat().st_mode & 0o777 == 0o600 for each in files)
    assert all(b"for simulation only" in each.read_bytes() for each in files)
    everything = b"".join(each.read_bytes() for each in folder.rglob("*") if each.is_file())
    assert b"PRIVATE KEY" not in everything
    for octets in keys().values():
        assert octets not in everything
        assert octets.hex().encode() not in everything
    again = Custody.fetch(folder, SUITE)
    for key, generation in keys():
        assert again.compromise(key, NOON, "test", generation=generation) == keys()[key, generation]


def test_two_custodians_may_stay_away_and_three_may_not(tmp_path: Path) -> None:
    folder = tmp_path / "custody"
    Custody(keys(), SUITE).deposit(folder)
    for gone in ("custodian-2", "custodian-4"):
        rmtree(folder / gone)
    again = Custody.fetch(folder, SUITE)
    assert again.compromise(CustodyKey.RECOVERY, NOON, "test") == keys()[CustodyKey.RECOVERY, 1]
    rmtree(folder / "custodian-1")
    with pytest.raises(UsageError, match=r"2 shares of .* 1, not 3"):
        Custody.fetch(folder, SUITE)


def test_a_damaged_share_is_a_usage_error(tmp_path: Path) -> None:
    folder = tmp_path / "custody"
    Custody(keys(), SUITE).deposit(folder)
    (folder / "custodian-3" / "recovery-1.share").write_text("12 words\n")
    with pytest.raises(UsageError, match="recovery-1"):
        Custody.fetch(folder, SUITE)


@pytest.mark.parametrize(
    "text", ["", "{}", '{"needed": 0, "total": 5}', '{"needed": 6, "total": 5}']
)
def test_a_roster_that_is_none_is_a_usage_error(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "custody"
    Custody(keys(), SUITE).deposit(folder)
    (folder / "custodians.json").write_text(text)
    with pytest.raises(UsageError, match="custodians"):
        Custody.fetch(folder, SUITE)


def test_a_folder_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    old_custody(tmp_path / "custody", keys())
    custody = Custody.fetch(tmp_path / "custody", SUITE)
    assert not custody.is_imported
    for key, generation in keys():
        copied = custody.compromise(key, NOON, "test", generation=generation)
        assert copied == keys()[key, generation]


def test_a_damaged_key_file_is_a_usage_error(tmp_path: Path) -> None:
    old_custody(tmp_path / "custody", keys())
    (tmp_path / "custody" / "recovery-1.key.pem").write_text("nothing")
    with pytest.raises(UsageError, match="recovery-1"):
        Custody.fetch(tmp_path / "custody", SUITE)
