"""Rows of the packed tables are read as the views show them, and each value is checked."""

import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import copytree

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from tests.bench.evidence.asking import asked

MESSAGE = (
    "id", "step", "device", "direction", "at", "kind", "use_case", "originator", "target",
    "counter", "digest", "summary",
)  # fmt: skip
REFUSAL = ("step", "device", "at", "reason", "text")
CHECK = (
    "step", "device", "at", "name", "verdict", "expected", "actual", "reason", "seconds",
)  # fmt: skip


@pytest.fixture
def folder(failed_folder: Path, tmp_path: Path) -> Path:
    copied = tmp_path / "run"
    copytree(failed_folder, copied)
    return copied


@pytest.mark.parametrize(
    ("table", "part", "columns"),
    [
        ("message", "messages", MESSAGE),
        ("refusal", "refusals", REFUSAL),
        ("verdict", "checks", CHECK),
    ],
)
def test_a_record_has_the_rows_that_the_views_show(
    table: str, part: str, columns: tuple[str, ...], failed_folder: Path, failed: RunRecord
) -> None:
    shown = asked(failed_folder, f"SELECT {', '.join(columns)} FROM {table} ORDER BY id")
    rows = [tuple(getattr(row, column) for column in columns) for row in getattr(failed, part)]
    assert rows == shown
    assert rows


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("message", "device"), ("message", "direction"), ("message", "at"),
        ("refusal", "device"), ("refusal", "at"),
        ("verdict", "device"), ("verdict", "at"), ("verdict", "verdict"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("which", ["min", "max"])
def test_a_value_that_no_such_column_has_is_refused_and_the_column_named(
    table: str, column: str, which: str, folder: Path
) -> None:
    change(folder, f"UPDATE {table} SET {column} = 'nothing' WHERE {place(table, which)}")
    with pytest.raises(UsageError, match=f"{column} is 'nothing'"):
        read_record(folder)


def test_a_word_that_was_good_in_one_column_is_checked_in_another(folder: Path) -> None:
    last = place("verdict", "max")
    change(
        folder,
        "INSERT INTO word SELECT max(id) + 1, 'is well', 0, x'' FROM word",
        f"UPDATE verdict SET name = (SELECT max(id) FROM word) WHERE {place('verdict', 'min')}",
        f"UPDATE verdict SET verdict = (SELECT max(id) FROM word) WHERE {last}",
    )
    with pytest.raises(UsageError, match="verdict is 'is well'"):
        read_record(folder)


@pytest.mark.parametrize("column", ["device", "name", "verdict", "expected"])
def test_a_number_that_names_nothing_is_refused(column: str, folder: Path) -> None:
    change(folder, f"UPDATE verdict SET {column} = 999999 WHERE {place('verdict', 'max')}")
    with pytest.raises(UsageError, match="999999"):
        read_record(folder)


def place(table: str, which: str) -> str:
    return f"id = (SELECT {which}(id) FROM {table})"


def change(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        for statement in statements:
            assert database.execute(statement).rowcount
        database.commit()
