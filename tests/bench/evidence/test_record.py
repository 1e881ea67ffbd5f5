"""``record.json``: counts, changes of cells, agreement of sources; nothing else is a source."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest
from junitparser import JUnitXml

from firmware_sim.bench.evidence.accounts.devices import DeviceOutcome
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.record_rows import CellHistory, Contents
from firmware_sim.bench.outcome import Outcome, Verdict
from tests.bench.evidence.rehearsal import CELLS, SYMMETRIC_KEY, Rehearsal, rehearse, run_info

OLD, NEW = Contents("00", "aa"), Contents("00", "bb")


def test_the_counts_of_a_record_cover_everything(failed: RunRecord) -> None:
    cells = 3 * sum(map(len, CELLS.values()))
    assert failed.counts == {
        "premises": 3,
        "devices": 12,
        "steps": 9,
        "cells_replaced": cells - 1,
        "cells_unchanged": 1,
        "cells_not_read": 0,
        "messages_to_devices": 48,
        "messages_from_devices": 24,
        "refusals": 24,
        "checks_passed": cells - 1 + 36,
        "checks_failed": 1,
        "checks_error": 0,
        "checks_skipped": 0,
    }


def test_the_device_that_did_wrong_is_named(failed: RunRecord) -> None:
    bad = [device for device in failed.devices if device.verdict is Verdict.FAILED]
    assert [(device.entity, device.type) for device in bad] == [("00db123456780005", "GSME")]
    (kept,) = [cell for cell in bad[0].cells if cell.change == "unchanged"]
    assert kept.cell == "supplier.DS"


def test_cells_are_in_the_order_of_their_roles(passed: RunRecord) -> None:
    assert [cell.cell for cell in passed.devices[0].cells] == list(CELLS["ESME"])


@pytest.mark.parametrize(
    ("before", "after", "change", "agree"),
    [
        ({"CS02a": OLD, "image": OLD}, {"CS02a": NEW, "image": NEW}, "replaced", True),
        ({"CS02a": OLD, "image": OLD}, {"CS02a": OLD, "image": OLD}, "unchanged", True),
        ({"CS02a": OLD, "image": OLD}, {"CS02a": NEW, "image": OLD}, "unchanged", False),
        ({}, {"image": NEW}, "not read", True),
    ],
)
def test_a_cell_is_replaced_if_its_image_says_so(
    before: dict[str, Contents], after: dict[str, Contents], change: str, agree: bool
) -> None:
    history = CellHistory("supplier.DS", before, after)
    assert (history.change, history.sources_agree) == (change, agree)


def test_record_json_equals_the_record(failed: RunRecord, failed_folder: Path) -> None:
    document = json.loads((failed_folder / "record.json").read_text("utf-8"))
    assert document["format"] == "firmware-sim/record/3"
    assert document["counts"] == failed.counts
    assert document["run"]["outcome"] == "failed"
    assert document["run"]["exit_code"] == 1
    cell = document["devices"][5]["cells"][2]
    assert (cell["cell"], cell["change"], cell["sources_agree"]) == (
        "supplier.DS",
        "unchanged",
        True,
    )
    assert {row["name"] for row in document["policy"] if row["insecure"]} == {"contingency_renewal"}


def test_messages_are_kept_as_they_were_and_the_record_says_that_it_holds_keys(
    passed: RunRecord,
) -> None:
    carrying = [each for each in passed.messages if SYMMETRIC_KEY.hex() in (each.octets or "")]
    assert len(carrying) == 12
    assert not any(message.blanked for message in passed.messages)
    assert passed.as_json()["run"]["holds_keys"] is True


def test_a_large_run_keeps_octets_in_the_ledger_alone(tmp_path: Path) -> None:
    rehearse(tmp_path / "run", premises=26)
    record = export(tmp_path / "run")
    assert len(record.devices) == 104
    assert {message.octets for message in record.messages} == {None}
    assert not (tmp_path / "run" / "messages").exists()


def test_of_a_large_run_who_did_wrong_stands_in_full_and_each_other_has_a_row(
    tmp_path: Path,
) -> None:
    rehearse(tmp_path / "run", premises=26, failing=5)
    record = export(tmp_path / "run")
    document = json.loads((tmp_path / "run" / "record.json").read_text("utf-8"))
    full, others = document["devices"], document["other_devices"]
    (bad,) = [each for each in full if each["verdict"] == "failed"]
    assert bad["entity"] == "00db123456780005"
    assert {each["type"] for each in full} == set(CELLS)
    rows = [dict(zip(others["columns"], row, strict=True)) for row in others["rows"]]
    told = {each["entity"] for each in (*full, *rows)}
    assert told == {device.entity for device in record.devices}
    assert len(told) == len(full) + len(rows)
    held = {device.entity: device.cells for device in record.devices}
    for row in rows:
        cells = others["cell_codes"][row["cells"]]
        assert [each["after"] for each in cells] == [
            {source: asdict(found) for source, found in each.after.items()}
            for each in held[row["entity"]]
        ]
    shown = {each["entity"] for each in full}
    assert {each["device"] for each in document["checks"]} <= shown | {None}
    assert document["counts"]["checks_passed"] > len(document["checks"])


def test_of_a_small_run_every_device_stands_in_full(failed_folder: Path) -> None:
    document = json.loads((failed_folder / "record.json").read_text("utf-8"))
    assert len(document["devices"]) == 12
    assert document["other_devices"]["rows"] == []


def test_junit_of_a_large_run_counts_what_went_well(tmp_path: Path) -> None:
    rehearse(tmp_path / "run", premises=26, failing=5)
    record = export(tmp_path / "run")
    document = JUnitXml.fromfile(str(tmp_path / "run" / "junit.xml"))
    cases = [case for suite in document for case in suite]
    names = (re.search(r": (\d+) checks? of other devices$", case.name) for case in cases)
    counted = [int(found[1]) for found in names if found]
    assert len(cases) - len(counted) + sum(counted) == len(record.checks) + _bad_steps(record)
    assert document.failures == 1 + _bad_steps(record)


def _bad_steps(record: RunRecord) -> int:
    return sum(step.verdict is not Verdict.PASSED for step in record.steps)


def test_a_passed_run_has_the_outcome_passed(passed: RunRecord) -> None:
    assert passed.run.outcome is Outcome.PASSED
    assert passed.run.exit_code == 0


@pytest.mark.parametrize("premises", [1, 26])
def test_a_device_that_nobody_reached_has_no_verdict_of_those_that_passed(
    tmp_path: Path, premises: int
) -> None:
    """Whether it stands in full, or has a row."""
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        rehearsal = Rehearsal(ledger, premises=premises)
        rehearsal.play(finish=False)
        device = str(rehearsal.devices[-1][0])
        ledger.account(DeviceOutcome(device=device, outcome="unreachable", outstanding=True))
        ledger.finish(Outcome.OUTSTANDING)
    told = export(tmp_path / "run").as_json()
    columns, rows = told["other_devices"]["columns"], told["other_devices"]["rows"]
    every = [*told["devices"], *(dict(zip(columns, row, strict=True)) for row in rows)]
    verdicts = {each["entity"]: each["verdict"] for each in every}
    assert verdicts.pop(device) == "outstanding"
    assert set(verdicts.values()) == {"passed"}
