"""Read a ledger back into a `RunRecord`: also one whose run was killed, or is still going."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence import tables
from firmware_sim.bench.evidence.flash.layout import FlashLayout
from firmware_sim.bench.evidence.folder import FILE_LIMIT, LEDGER_NAME
from firmware_sim.bench.evidence.record import (
    CellHistory,
    CheckRow,
    ClauseRow,
    Contents,
    DeviceRecord,
    FlashRecord,
    GovernanceRow,
    Head,
    MessageRow,
    PolicyRow,
    RefusalRow,
    RunRecord,
    StepRow,
    worst,
)
from firmware_sim.bench.outcome import Outcome, Verdict

_MESSAGES = """
SELECT id, step, device, direction, at, kind, use_case, originator, target, counter,
       length(octets) AS length, digest, blanked, summary, {octets} AS octets
FROM message ORDER BY id
"""

_HAS_CLOCK = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'wall_clock'"
_NO_CLOCK = "(SELECT NULL AS step, NULL AS verdict, NULL AS started, NULL AS seconds)"
_STEPS = """
SELECT step.*, real.started AS really_started, real.seconds AS seconds FROM step
LEFT JOIN {clock} AS real ON real.step = step.id AND real.verdict IS NULL ORDER BY step.id
"""
_CHECKS = """
SELECT verdict.*, real.seconds AS seconds FROM verdict
LEFT JOIN {clock} AS real ON real.verdict = verdict.id ORDER BY verdict.id
"""

Row = dict[str, Any]


def read_record(folder: Path) -> RunRecord:
    """The record of the run in `folder`.

    Message octets are read if the run has at most 100 devices: larger runs keep them in the
    ledger alone.

    Raises:
        BenchError: no ledger there, or not one of this version.
    """
    with closing(_open(folder)) as database:
        devices = _devices(database)
        has_clock = database.execute(_HAS_CLOCK).fetchone() is not None
        clocks = {"clock": "wall_clock" if has_clock else _NO_CLOCK}
        return RunRecord(
            run=_head(next(_table(database, "run"))),
            clauses=[ClauseRow(**row) for row in _table(database, "clause")],
            versions={row["name"]: row["version"] for row in _table(database, "version")},
            policy=[
                PolicyRow(**row | {"insecure": bool(row["insecure"])})
                for row in _table(database, "policy")
            ],
            governance=[GovernanceRow(**_no_id(row)) for row in _table(database, "governance")],
            steps=[
                StepRow(**row | {"verdict": row["verdict"] and Verdict(row["verdict"])})
                for row in _rows(database, _STEPS.format(**clocks))
            ],
            devices=devices,
            layouts={
                row["id"]: FlashLayout.from_json(row["layout"])
                for row in _table(database, "flash_layout")
            },
            messages=list(_messages(database, with_octets=len(devices) <= FILE_LIMIT)),
            refusals=[RefusalRow(**_no_id(row)) for row in _table(database, "refusal")],
            checks=[
                CheckRow(**_no_id(row) | {"verdict": Verdict(row["verdict"])})
                for row in _rows(database, _CHECKS.format(**clocks))
            ],
        )


def read_wire(folder: Path) -> Iterator[tuple[str, bytes]]:
    """When each message went (ISO 8601), and its octets as they were kept; of any run.

    Raises:
        BenchError: no ledger there, or not one of this version.
    """
    with closing(_open(folder)) as database:
        yield from database.execute("SELECT at, octets FROM message ORDER BY id")


def _open(folder: Path) -> sqlite3.Connection:
    path = folder / LEDGER_NAME
    if not path.is_file():
        raise BenchError(f"{folder} holds no {LEDGER_NAME}", "give the folder of a run")
    database = sqlite3.connect(path)
    try:
        (version,) = database.execute("PRAGMA user_version").fetchone()
    except sqlite3.DatabaseError as error:
        database.close()
        raise BenchError(f"{path} is not a ledger: {error}", "give the folder of a run") from error
    if version != tables.FORMAT:
        database.close()
        mend = "read it with the version that wrote it"
        raise BenchError(f"{path} has format {version}, not {tables.FORMAT}", mend)
    return database


def _rows(database: sqlite3.Connection, query: str) -> Iterator[Row]:
    cursor = database.execute(query)
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


def _table(database: sqlite3.Connection, table: str) -> Iterator[Row]:
    # The table is one of our own names, never input.
    return _rows(database, f"SELECT * FROM {table} ORDER BY rowid")  # noqa: S608


def _no_id(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "id"}


def _head(row: Row) -> Head:
    outcome = row["outcome"] and Outcome(row["outcome"])
    return Head(**row | {"outcome": outcome, "with_keys": bool(row["with_keys"])})


def _messages(database: sqlite3.Connection, *, with_octets: bool) -> Iterator[MessageRow]:
    octets = "lower(hex(octets))" if with_octets else "NULL"
    for row in _rows(database, _MESSAGES.format(octets=octets)):
        yield MessageRow(**row | {"blanked": bool(row["blanked"])})


def _devices(database: sqlite3.Connection) -> list[DeviceRecord]:
    devices = {
        row["entity"]: DeviceRecord(**{k: v for k, v in row.items() if k != "number"})
        for row in _table(database, "device")
    }
    for row in _rows(database, "SELECT * FROM flash"):
        setattr(devices[row["device"]], f"flash_{row['phase']}", _flash(row))
    verdicts = defaultdict(set)
    for entity, verdict in database.execute("SELECT DISTINCT device, verdict FROM verdict"):
        verdicts[entity].add(Verdict(verdict))
    cells = _cells(database)
    for entity, device in devices.items():
        device.verdict = worst(verdicts[entity])
        device.cells = sorted(cells[entity].values(), key=_place)
    return list(devices.values())


def _flash(row: Row) -> FlashRecord:
    erases = tuple(json.loads(row["erases"]))
    return FlashRecord(erases, bool(row["counted"]), row["layout"], row["problem"])


def _cells(database: sqlite3.Connection) -> dict[str, dict[str, CellHistory]]:
    """Histories by device and cell name."""
    query = "SELECT device, cell, phase, source, subject, key_identifier FROM cell"
    devices: dict[str, dict[str, CellHistory]] = defaultdict(dict)
    for device, cell, phase, source, subject, key_identifier in database.execute(query):
        history = devices[device].setdefault(cell, CellHistory(cell))
        side = history.before if phase == "before" else history.after
        side[source] = Contents(subject, key_identifier)
    return devices


def _place(history: CellHistory) -> tuple[int, int, int]:
    role, key_usage, cell_usage = history.name
    return role, key_usage.value, cell_usage
