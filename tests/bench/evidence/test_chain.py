"""Each row of a ledger carries the digest of the row before it; older ledgers are still read."""

import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from shutil import copytree

import pytest

from firmware_sim.bench.evidence.chain import ChainBreak, ChainHead, follow_chain
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.tables import FORMAT, IDENTIFIED, TABLES, UNCHAINED, WRITTEN_OUT
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, Verdict


@pytest.fixture
def folder(small_folder: Path, tmp_path: Path) -> Path:
    copied = tmp_path / "run"
    copytree(small_folder, copied)
    return copied


def followed(folder: Path) -> tuple[ChainHead, ChainBreak | None]:
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        return follow_chain(database, TABLES)


def altered(folder: Path, *statements: str) -> str:
    """Where the chain breaks after some SQL; empty if it does not."""
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        for statement in statements:
            assert database.execute(statement).rowcount
        database.commit()
    broken = followed(folder)[1]
    return "" if broken is None else broken.row


def test_the_chain_of_a_run_holds_and_has_every_row(folder: Path) -> None:
    head, broken = followed(folder)
    assert broken is None
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        counts = [database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES]
    assert head.rows == sum(counts)
    assert all(counts), dict(zip(TABLES, counts, strict=True))


def test_the_digest_of_a_row_is_that_of_its_values_as_documented(folder: Path) -> None:
    def field(kind: bytes, content: bytes) -> bytes:
        return kind + len(content).to_bytes(8, "big") + content

    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        [(*texts, place, previous)] = database.execute("SELECT * FROM input")
        find = "SELECT previous FROM clause WHERE place = ?"
        [(digest,)] = database.execute(find, (place + 1,))
    octets = b"".join(field(b"s", text.encode()) for text in ("input", *texts))
    octets += field(b"i", b"1") + field(b"b", previous)
    assert place == 1
    assert digest == sha256(octets).digest()[:16]


@pytest.mark.parametrize("name", sorted(TABLES - {"run_end"}))
def test_a_changed_row_breaks_the_chain_there(name: str, folder: Path) -> None:
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({name})")]
        place, number = database.execute(f"SELECT place, rowid FROM {name}").fetchone()
    column = columns[1 if name in IDENTIFIED else 0]
    change = f"UPDATE {name} SET {column} = {column} || '1' WHERE rowid = {number}"
    assert altered(folder, change) == f"{name} row {place}"


def test_a_removed_row_is_missed_at_its_place(folder: Path) -> None:
    [(place,)] = _ask(folder, "SELECT place FROM verdict")
    assert altered(folder, "DELETE FROM verdict") == f"row {place}"


def test_an_added_row_breaks_the_chain(folder: Path) -> None:
    [(place,)] = _ask(folder, "SELECT place FROM verdict")
    row = f"INSERT INTO clause SELECT reference, text, {place}, previous FROM clause LIMIT 1"
    assert altered(folder, row)


def test_two_swapped_rows_break_the_chain(folder: Path) -> None:
    [(first,), (second,)] = _ask(folder, "SELECT place FROM cell ORDER BY place")
    assert altered(folder, f"UPDATE cell SET place = {first} + {second} - place")


def test_a_row_added_at_the_end_changes_the_head(folder: Path) -> None:
    before, _ = followed(folder)
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        row = ("SEC L1.13", "claimed afterwards", before.rows, before.mark)
        database.execute("INSERT INTO clause VALUES (?, ?, ?, ?)", row)
        database.commit()
    after, broken = followed(folder)
    assert broken is None
    assert after.rows == before.rows + 1
    assert after.digest != before.digest


def test_a_finished_ledger_opens_without_a_write_ahead_log(folder: Path) -> None:
    # Octets 18 and 19 of an SQLite file: 1 is a rollback journal, 2 a write-ahead log.
    assert (folder / LEDGER_NAME).read_bytes()[18:20] == b"\x01\x01"


def test_a_ledger_of_the_version_before_is_read_and_exported(unchained_folder: Path) -> None:
    record = export(unchained_folder)
    assert (FORMAT, WRITTEN_OUT, UNCHAINED) == (4, 3, 2)
    assert record.run.outcome is Outcome.PASSED
    assert not record.run.holds_keys
    assert record.run.devices_verdict is None
    assert record.devices_verdict is DevicesVerdict.RIGHT
    assert [step.verdict for step in record.steps] == [Verdict.PASSED] * 7
    assert record.steps[0].seconds == 0.0085
    (device,) = record.devices
    assert (device.type, len(device.cells)) == ("CHF", 6)
    assert device.image_after is not None
    assert device.flash_after is not None
    assert read_record(unchained_folder) == record


def _ask(folder: Path, query: str) -> list[tuple[int]]:
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        return database.execute(query).fetchall()
