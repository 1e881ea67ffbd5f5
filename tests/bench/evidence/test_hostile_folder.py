"""The folder of a run as a stranger may hand it over: one line and exit code 4, nothing outside."""

import sqlite3
from contextlib import closing
from itertools import product
from pathlib import Path
from shutil import copytree

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.html import render
from firmware_sim.bench.evidence.junit import write_junit
from firmware_sim.bench.evidence.pcap import captured
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.tables import TABLES

OUTSIDE = "x/../../../escaped"
VALUES = (None, -1, OUTSIDE, "\x1b[2J", b"\xff\x00", "9999-12-31T23:59:59-14:00")


@pytest.fixture
def folder(small_folder: Path, tmp_path: Path) -> Path:
    """The same, but its tables hold values of any type."""
    copied = tmp_path / "deep" / "run"
    copytree(small_folder, copied)
    with closing(sqlite3.connect(copied / LEDGER_NAME)) as database:
        for table in tables(database):
            database.execute(f"CREATE TABLE loose AS SELECT * FROM {table}")
            database.execute(f"DROP TABLE {table}")
            database.execute(f"ALTER TABLE loose RENAME TO {table}")
        database.commit()
    return copied


def tables(database: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    return [name for (name,) in database.execute(query)]


def test_a_loose_copy_of_a_ledger_is_read(folder: Path) -> None:
    assert len(export(folder).messages) == 1


@pytest.mark.parametrize("table", sorted(TABLES))
def test_no_value_in_any_column_ends_in_an_exception_of_ours(
    table: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Drawn from times alone, which are checked as all others here, and slow.
    monkeypatch.setattr("firmware_sim.bench.evidence.page.timeline_svg", lambda _record: "")
    refused = 0
    with closing(sqlite3.connect(folder / LEDGER_NAME, isolation_level=None)) as database:
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        for column, value in product(columns, VALUES):
            kept, row = database.execute(f"SELECT {column}, rowid FROM {table}").fetchone()
            place = f"UPDATE {table} SET {column} = ? WHERE rowid = {row}"
            database.execute(place, (value,))
            try:
                record = read_record(folder)
                render(record)
                write_junit(record, folder / "junit.xml")
            except UsageError:
                refused += 1
            database.execute(place, (kept,))
    assert len(columns) <= refused


@pytest.mark.parametrize(
    ("table", "column"), [("message", "device"), ("device", "entity"), ("message", "id")]
)
def test_a_path_in_an_identifier_writes_nothing_outside(
    table: str, column: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        database.execute(f"UPDATE {table} SET {column} = '{OUTSIDE}'")
        database.commit()
    before = everything(folder.parents[1])
    assert run(["drill", "report", str(folder)]) == 4
    assert everything(folder.parents[1]) == before
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "is no valid ledger" in error


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["report.html", "record.json", "junit.xml", "report.html.new"])
def test_a_link_in_the_folder_is_replaced_and_its_target_left(
    name: str, folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(target)
    export(folder)
    assert target.read_text() == "precious"
    assert not (folder / name).is_symlink()
    assert not list(folder.rglob("*.new"))


def test_a_link_in_the_place_of_the_messages_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / "messages").rename(folder / "before")
    (folder / "messages").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BenchError, match="is a link to another folder"):
        export(folder)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_link_in_the_place_of_the_ledger_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / LEDGER_NAME).rename(tmp_path / "there")
    (folder / LEDGER_NAME).symlink_to(tmp_path / "there")
    with pytest.raises(UsageError, match=r"holds no run\.sqlite"):
        read_record(folder)


def test_a_view_in_the_place_of_a_table_is_refused(folder: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        database.execute("DROP TABLE clause")
        database.execute(f"CREATE VIEW clause AS {endless}")
    with pytest.raises(UsageError, match="clause is no table"):
        read_record(folder)


@pytest.mark.parametrize("column", ["at", "octets"])
def test_messages_without_time_or_octets_make_no_capture(column: str, folder: Path) -> None:
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        database.execute(f"UPDATE message SET {column} = 7")
        database.commit()
    with pytest.raises(UsageError, match="is no valid ledger"):
        list(captured(folder))
