"""What governance tells the record comes back as it was told, and what it does not tell is null."""

import json
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.accounts.attacks import (
    Attack,
    DeviceAttack,
    DeviceTaken,
    StolenKeyUse,
)
from firmware_sim.bench.evidence.accounts.audits import AuditedCell, AuditedCells, AuditTold
from firmware_sim.bench.evidence.accounts.claims import (
    AssumedPrice,
    Breach,
    Claim,
    Costs,
    PricedDevice,
)
from firmware_sim.bench.evidence.accounts.devices import (
    DeviceOutcome,
    OutcomeName,
    OwnedDevice,
    Wave,
)
from firmware_sim.bench.evidence.accounts.procedure import DeclaredVerdicts, ProcedureFault
from firmware_sim.bench.evidence.accounts.recovery_event import (
    AffectedDevice,
    DecisionScope,
    KeyFell,
    RecoveryEvent,
    RelevantDevices,
)
from firmware_sim.bench.evidence.accounts.sizes import SizeEstimate
from firmware_sim.bench.evidence.accounts.told import KINDS, Account, read_accounts, written
from firmware_sim.bench.evidence.accounts.uses import CellProofs, Prepayment, TopUpGap
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.first_page import FirstPage
from firmware_sim.bench.evidence.ledger import Phase, RunLedger
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record_file import read_record_file
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict
from firmware_sim.gbcs.identifiers import EntityId
from tests.bench.evidence.rehearsal import Rehearsal, run_info

AT = "2026-03-02T09:00:00.000+00:00"
TOLD: tuple[Account, ...] = (
    RecoveryEvent(type="A", at=AT, evidence="the decision of 09:50"),
    RelevantDevices(total=12, populated=10, believed=2, by_type={"ESME": 8, "CHF": 4}),
    OwnedDevice(
        device="0246530011000007",
        responsible_supplier="alpha",
        network_operator="north",
        smi_status="suspended",
    ),
    AffectedDevice(device="0246530011000008", reason="believed", cells=("supplier.DS",)),
    DecisionScope(
        scope={"keys": ("contingency",), "methods": ("3",)},
        factors={"devices concerned": "12"},
        guidance="1",
    ),
    Wave(name="hubs first", started=AT, finished=None, devices=4, recovered=3),
    DeviceOutcome(device="0246271123000000", outcome="unreachable", outstanding=True),
    AuditTold(step="before", at=AT, devices=4, answered=3, sorts={"right": 30, "wrong party": 1}),
    AuditedCells(step="before", type="ESME", cell="supplier.DS", sorts={"right": 3}),
    AuditedCell(
        step="before",
        device="0246271123000000",
        type="ESME",
        cell="supplier.DS",
        sort="wrong party",
        believed="alpha 1 (supplier.DS)",
        found="beta 1 (supplier.DS)",
    ),
    CellProofs(device="0246271123000000", cells={"supplier.KA": "use", "root.CS": "not"}),
    Prepayment(sold=2, sold_pence=2000, lost=1, lost_pence=1000, thief_seconds=60),
    TopUpGap(device="0246271123000000", since=AT, until=None, seconds=60, tries=2, why="nobody"),
    SizeEstimate(
        step="sizes",
        algorithm="today",
        standards="FIPS 186-5",
        type="ESME",
        certificate=563,
        reading=130,
        reading_by_mac=91,
        command=4728,
        block=1024,
        blocks=5,
        on_link=4983,
        milliseconds={"WAN": 4152},
        flash=None,
        area=None,
        too_large=("a message",),
    ),
    DeclaredVerdicts(devices=DevicesVerdict.OUTSTANDING),
    Costs(a=4, b_i=1, b_ii=0),
    AssumedPrice(type="ESME", visit=8500),
    PricedDevice(
        device="0246271123000000",
        responsible_supplier="alpha",
        outcome="failed",
        provision="L10.17(b)(i)",
        pence=8500,
    ),
    Claim(party="Supplier alpha", provision="L10.17(b)(i)", devices=1, until=AT),
    Breach(party="the DCC", provision="L10.25(a)", status="may be rebutted for three months"),
    ProcedureFault(rule="I4", clause="SEC L10.3", reason="No step was reported.", at=AT),
)

OF_AN_ATTACK: tuple[Account, ...] = (
    KeyFell(key="supplier.DS", generation=1),
    Attack(tries=3),
    StolenKeyUse(device="0246271123000000", type="ESME", deed="read", first=AT, last=AT),
    DeviceTaken(device="0246271123000000", at=AT),
    DeviceAttack(
        device="0246271123000000", holds="supplier.DS", tries=3, cells=("supplier.DS",), since=AT
    ),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        Rehearsal(ledger).play(finish=False)
        for account in TOLD:
            ledger.account(account)
        ledger.finish(Outcome.PROCEDURE_NOT_FOLLOWED, procedure=ProcedureVerdict.NOT_FOLLOWED)
    export(tmp_path / "run")
    return tmp_path / "run"


def test_every_kind_of_account_comes_back_as_it_was_told() -> None:
    told = (*TOLD, *OF_AN_ATTACK)
    assert {type(account) for account in told} == set(KINDS.values())
    assert read_accounts(map(written, told)).told == told


def test_the_record_has_every_field_that_governance_tells(folder: Path) -> None:
    record = json.loads((folder / "record.json").read_text("utf-8"))
    assert record["verdicts"] == {"procedure": "not followed", "devices": "outstanding"}
    assert record["run"]["exit_code"] == 6
    assert record["event"] == {"type": "A", "at": AT, "evidence": "the decision of 09:50"}
    assert record["relevant_devices"]["by_type"] == {"ESME": 8, "CHF": 4}
    assert record["decision"]["scope"] == {"keys": ["contingency"], "methods": ["3"]}
    assert record["waves"][0]["recovered"] == 3
    assert record["costs"] == {"a": 4, "b_i": 1, "b_ii": 0}
    assert record["claims"][0]["party"] == "Supplier alpha"
    assert record["breach"][0]["provision"] == "L10.25(a)"
    assert record["procedure_faults"][0]["rule"] == "I4"


def test_exposure_and_outcome_follow_from_the_rows(folder: Path) -> None:
    record = json.loads((folder / "record.json").read_text("utf-8"))
    exposure = record["exposure"]
    # The rehearsal takes 4 s a message; 70 minutes and the reading pass between fall and recovery.
    assert exposure["median_s"] < exposure["p95_s"] == exposure["max_s"]
    assert 70 * 60 < exposure["median_s"] < 71 * 60
    assert exposure["lost"] == 12 - 4
    assert record["outcome_by_device_type_and_cell"]["GSME"]["supplier.DS"] == {"replaced": 1}


def test_exposure_counts_relevant_devices_only_where_they_are_known(tmp_path: Path) -> None:
    with RunLedger.create(tmp_path, run_info()) as ledger:
        Rehearsal(ledger).play(finish=False)
        one, other, *_ = sorted(read_record(tmp_path).devices, key=lambda each: each.entity)
        for device in (one, other):
            ledger.account(
                OwnedDevice(
                    device=device.entity, responsible_supplier="alpha", network_operator="north",
                    smi_status="commissioned",
                )
            )  # fmt: skip
        ledger.account(
            AffectedDevice(device=one.entity, reason="populated", cells=("supplier.DS",))
        )
        ledger.account(RelevantDevices(total=1, populated=1, believed=0, by_type={"ESME": 1}))
        ledger.finish(Outcome.PASSED)
    record = read_record(tmp_path)
    assert [each.entity for each in record.recoveries or ()] == [one.entity]
    told = {each["entity"]: each.get("estate") for each in record.as_json()["devices"]}
    assert told[one.entity]["relevant"] == "populated"
    assert told[other.entity]["relevant"] is None
    assert len([each for each in told.values() if each is None]) == len(told) - 2


class NeverRead(Rehearsal):
    """Nobody reads a cell before the recovery."""

    def cells(self, step: int, entity: EntityId, kind: str, phase: Phase) -> None:
        if phase == "after":
            super().cells(step, entity, kind, phase)


@pytest.mark.parametrize("recovered", [4, 3, None])
def test_what_was_not_read_before_is_recovered_as_told_or_not_known(
    recovered: int | None, tmp_path: Path
) -> None:
    with RunLedger.create(tmp_path, run_info()) as ledger:
        rehearsal = NeverRead(ledger)
        rehearsal.play(finish=False)
        ledger.account(RelevantDevices(total=4, populated=4, believed=0, by_type={}))
        for number, (device, _, _) in enumerate(rehearsal.devices):
            if recovered is not None:
                outcome: OutcomeName = "recovered" if number < recovered else "failed"
                ledger.account(DeviceOutcome(device=str(device), outcome=outcome))
        ledger.finish(Outcome.PASSED)
    record = read_record(tmp_path)
    assert {cell.change for each in record.devices for cell in each.cells} == {"not read"}
    exposure, words = record.as_json()["exposure"], FirstPage(record).exposure_sentences[-1]
    if recovered is None:
        assert (exposure["lost"], exposure["max_s"]) == (None, None)
        assert words == (
            "No device was recovered for certain. Of 4 devices that answered an update it is not "
            "known: their cells were not read both before and after it."
        )
    else:
        assert exposure["lost"] == 4 - recovered
        verb = "was" if recovered == 3 else "were"
        devices = "Relevant Device" if recovered == 3 else "Relevant Devices"
        assert words.endswith(f"{4 - recovered} {devices} {verb} not recovered.")


def test_a_clause_names_the_events_that_earned_it(folder: Path) -> None:
    record = json.loads((folder / "record.json").read_text("utf-8"))
    events = {row["id"]: row["event"] for row in record["governance"]}
    earned = {
        each["clause"]: [events[number] for number in each["earned_by"]]
        for each in record["clauses"]
    }
    assert earned == {
        "SEC L10.1(e)": [],
        "SEC L10.2(a)": ["SMKI PMA decision", "Custody used"],
        "SEC L1.13": ["SMKI PMA meeting"],
    }


def test_what_was_not_told_is_null(passed_folder: Path) -> None:
    record = json.loads((passed_folder / "record.json").read_text("utf-8"))
    names = ("event", "relevant_devices", "decision", "costs")
    assert [record[name] for name in names] == [None] * 4
    assert record["verdicts"] == {"procedure": None, "devices": "right"}
    assert record["exposure"]["lost"] is None
    assert record["waves"] == record["breach"] == record["claims"] == []


def test_a_story_without_a_compromise_has_no_exposure(tmp_path: Path) -> None:
    assert run(["drill", "run", "gpf-handover", "--out", str(tmp_path / "run")]) == 0
    assert read_record_file(tmp_path / "run" / "record.json")["exposure"] is None


def test_a_drill_tells_what_was_decided(tmp_path: Path) -> None:
    story = "supplier-compromise-recovery"
    assert run(["drill", "run", story, "--out", str(tmp_path / "run")]) == 0
    record = read_record_file(tmp_path / "run" / "record.json")
    assert record["decision"]["scope"]["outcome"] == ["require-recovery"]
    assert record["decision"]["guidance"] == "drill-2"


@pytest.mark.parametrize(
    "account",
    [
        RecoveryEvent(type="C", at=AT),  # type: ignore[arg-type]
        RecoveryEvent(type="A", at="yesterday"),
        Costs(a=-1, b_i=0, b_ii=0),
        Claim(party="x" * 3000, provision="", devices=1),
    ],
)
def test_an_account_that_cannot_be_read_back_is_not_written(account: Account) -> None:
    with pytest.raises(ValueError, match="validation error"):
        written(account)


def test_a_record_of_version_1_is_read_as_one_of_version_2() -> None:
    record = read_record_file(Path(__file__).parent / "record_format_1.json")
    assert record["format"] == "firmware-sim/record/3"
    assert record["run"]["holds_keys"] is False
    assert record["verdicts"] == {"procedure": None, "devices": None}
    assert record["clauses"][0]["earned_by"] == []
    assert record["clauses"][0]["clause"].startswith("SEC ")
    assert record["exposure"] is None
    assert record["messages"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"format": "firmware-sim/record/4"}', "has format 'firmware-sim/record/4', not"),
        (b'{"format": "firmware-sim/record/1"}', "is no firmware-sim/record/1"),
        (b"[]", "has format None, not"),
        (b"[" * 100_000, "is no JSON"),
    ],
)
def test_a_record_of_another_version_is_refused_by_its_name(
    content: bytes, words: str, tmp_path: Path
) -> None:
    (tmp_path / "record.json").write_bytes(content)
    with pytest.raises(UsageError, match=words):
        read_record_file(tmp_path / "record.json")
