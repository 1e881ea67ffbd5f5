"""Tables for spreadsheets say what the record says, and hold no formula of a stranger's."""

import csv
from pathlib import Path

from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.population.inventory import COLUMNS, RUN_COLUMNS
from tests.bench.evidence.rehearsal import BROKER, run_info


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "csv" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_tables_have_every_device_cell_and_check(
    failed: RunRecord, failed_folder: Path
) -> None:
    devices = read(failed_folder, "devices")
    assert [row["device"] for row in devices] == [each.entity for each in failed.devices]
    (bad,) = [row for row in devices if row["verdict"] == "failed"]
    assert (bad["first problem"], bad["cells unchanged"]) == ("supplier.DS holds the new key", "1")
    assert bad["reason"] == "the cell still holds the old key"
    assert bad["recovered after s"] == ""
    assert all(float(row["recovered after s"]) > 4000 for row in devices if row is not bad)
    cells = read(failed_folder, "cells")
    assert len(cells) == sum(len(each.cells) for each in failed.devices)
    assert {row["change"] for row in cells} == {"replaced", "unchanged"}
    assert len(read(failed_folder, "checks")) == len(failed.checks)


def test_an_inventory_knows_every_column_of_the_table_of_devices(
    failed_folder: Path, passed_folder: Path
) -> None:
    """Or it would take a new one for a cell, and refuse the table of an earlier run."""
    for folder in (failed_folder, passed_folder):
        (header, *_) = read(folder, "devices")
        assert set(header) == {*COLUMNS, *RUN_COLUMNS}


def test_a_text_that_would_be_a_formula_is_marked_as_text(tmp_path: Path) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        ledger.device(BROKER, "CHF", 0)
        step = ledger.step("one", "=1+1")
        ledger.check(step, BROKER, "+ok", Verdict.FAILED, "@this", "-that", '=HYPERLINK("x")')
    export(tmp_path / "run")
    (row,) = read(tmp_path / "run", "checks")
    assert [row[name] for name in ("title", "check", "expected", "actual", "reason")] == [
        "'=1+1", "'+ok", "'@this", "'-that", "'=HYPERLINK(\"x\")",
    ]  # fmt: skip
