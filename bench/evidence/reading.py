"""Read a ledger back into a `RunRecord`: also one whose run was killed, or is still going.

It may be a stranger's: whatever is not a ledger of this version, to the last column, is refused in
one line.
"""

import gc
import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

from firmware_sim.bench.evidence.accounts.told import Accounts, read_accounts
from firmware_sim.bench.evidence.cell_rows import cell_rows
from firmware_sim.bench.evidence.chain import last_head
from firmware_sim.bench.evidence.columns import Digest, Number, Phase, Time
from firmware_sim.bench.evidence.flash.layout import FlashLayout
from firmware_sim.bench.evidence.folder import FILE_LIMIT
from firmware_sim.bench.evidence.opening import Row, ledger_format, opened, rows
from firmware_sim.bench.evidence.packed_rows import (
    Heard,
    check_rows,
    message_rows,
    refusal_rows,
)
from firmware_sim.bench.evidence.proven import take_proofs
from firmware_sim.bench.evidence.queries import MESSAGES, VERSIONS, Queries, queries_for
from firmware_sim.bench.evidence.record import RunRecord, worst
from firmware_sim.bench.evidence.record_rows import (
    CellHistory,
    CheckRow,
    ClauseRow,
    DeviceRecord,
    FlashRecord,
    GovernanceRow,
    Head,
    InputRow,
    MessageRow,
    PolicyRow,
    RefusalRow,
    StepRow,
)
from firmware_sim.bench.evidence.tables import FORMAT, TABLES
from firmware_sim.bench.outcome import Verdict

T = TypeVar("T")

_AT_ONCE: Final = 1000
"""So many rows are held twice while they are checked."""

_FLASH = TypeAdapter(FlashRecord)
_DIGEST = TypeAdapter(Digest)
_PHASE = TypeAdapter(Phase)
_TIMES = TypeAdapter(list[Time])
_VERSION = TypeAdapter(dict[str, str])
_NUMBERED = TypeAdapter(tuple[Number, bytes])
_WIRE = TypeAdapter(tuple[Time, bytes])


def read_record(folder: Path, *, untouched: bool = False, heard: Heard | None = None) -> RunRecord:
    """The record of the run in `folder`.

    Message octets are read if the run has at most 100 devices: larger runs keep them in the
    ledger alone.

    Args:
        untouched: as `opening.opened` has it.
        heard: is told of each message of a ledger of this format.

    Raises:
        UsageError: no ledger there, not one of this version, or not a valid one.
    """
    with opened(folder, untouched=untouched) as database, _rows_stay():
        queries = queries_for(database)
        devices = _devices(database, queries)
        [head] = _found(database, queries.head, Head)
        record = RunRecord(
            run=head,
            clauses=_table(database, "clause", ClauseRow),
            versions=_VERSION.validate_python(dict(database.execute(VERSIONS))),
            policy=_table(database, "policy", PolicyRow),
            governance=_table(database, "governance", GovernanceRow),
            steps=_found(database, queries.steps, StepRow),
            devices=devices,
            layouts=_layouts(database),
            messages=_messages(database, with_octets=len(devices) <= FILE_LIMIT, heard=heard),
            refusals=_refusals(database),
            checks=_checks(database, queries),
            accounts=_accounts(database) if queries.chained else Accounts(),
            inputs=_table(database, "input", InputRow) if queries.chained else [],
            resumed=_TIMES.validate_python(
                [at for (at,) in database.execute(queries.resumed)] if queries.chained else []
            ),
            head=last_head(database, TABLES) if ledger_format(database) == FORMAT else None,
        )
        _check_references(record)
        _judge_devices(record)
        take_proofs(record.accounts, devices)
    return record


def read_wire(folder: Path) -> Iterator[tuple[str, bytes]]:
    """When each message went (ISO 8601), and its octets as they were kept; of any run.

    Raises:
        UsageError: no ledger there, not one of this version, or not a valid one.
    """
    with opened(folder) as database:
        for row in database.execute("SELECT at, octets FROM message ORDER BY id"):
            yield _WIRE.validate_python(row)


def read_octets(folder: Path, devices: Collection[str]) -> dict[int, bytes]:
    """Number -> octets of every message to and from some devices; of a run of any size.

    Raises:
        UsageError: no ledger there, not one of this version, or not a valid one.
    """
    with opened(folder) as database:
        rows = database.execute("SELECT id, device, octets FROM message ORDER BY id")
        wanted = set(devices)
        return dict(
            _NUMBERED.validate_python((number, octets))
            for number, device, octets in rows
            if device in wanted
        )


def _found(database: sqlite3.Connection, query: str, form: type[T]) -> list[T]:
    """Rows as values whose every field was checked."""
    return _checked(rows(database, query), form)


def _checked(found: Iterator[Row], form: type[T]) -> list[T]:
    key: Any = form
    adapter, checked = _rows_of(key), list[T]()
    while some := list(islice(found, _AT_ONCE)):
        checked += adapter.validate_python(some)
    return checked


@cache
def _rows_of(form: Any) -> TypeAdapter[Any]:
    return TypeAdapter(list[form])


def _table(database: sqlite3.Connection, table: str, form: type[T]) -> list[T]:
    # The table is one of our own names, never input.
    return _found(database, f"SELECT * FROM {table} ORDER BY rowid", form)  # noqa: S608


def _messages(
    database: sqlite3.Connection, *, with_octets: bool, heard: Heard | None
) -> list[MessageRow]:
    if ledger_format(database) == FORMAT:
        return list(message_rows(database, with_octets=with_octets, heard=heard))
    octets = "lower(hex(octets))" if with_octets else "NULL"
    return _found(database, MESSAGES.format(octets=octets), MessageRow)


def _refusals(database: sqlite3.Connection) -> list[RefusalRow]:
    if ledger_format(database) == FORMAT:
        return list(refusal_rows(database))
    return _found(database, "SELECT * FROM refusal ORDER BY id", RefusalRow)


def _checks(database: sqlite3.Connection, queries: Queries) -> list[CheckRow]:
    if ledger_format(database) == FORMAT:
        return list(check_rows(database))
    return _found(database, queries.checks, CheckRow)


@contextmanager
def _rows_stay() -> Iterator[None]:
    """No search for garbage meanwhile: it would look at all rows again and again, and find none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _check_references(record: RunRecord) -> None:
    steps = {step.id for step in record.steps}
    named = {row.step for part in (record.messages, record.refusals, record.checks) for row in part}
    if not named <= steps:
        raise ValueError(f"there is no step {min(named - steps)}")
    for device in record.devices:
        for flash in filter(None, (device.flash_before, device.flash_after)):
            layout = record.layouts[flash.layout] if flash.layout else None
            if layout is not None and len(layout.block_sizes) != len(flash.erases):
                raise ValueError(f"the flash of {device.entity} has more or fewer blocks")


def _judge_devices(record: RunRecord) -> None:
    verdicts: dict[str | None, set[Verdict]] = defaultdict(set)
    for check in record.checks:
        verdicts[check.device].add(check.verdict)
    for device in record.devices:
        device.verdict = worst(verdicts[device.entity])


def _layouts(database: sqlite3.Connection) -> dict[str, FlashLayout]:
    query = "SELECT id, layout FROM flash_layout"
    return {row["id"]: FlashLayout.from_json(row["layout"]) for row in rows(database, query)}


def _accounts(database: sqlite3.Connection) -> Accounts:
    return read_accounts(database.execute("SELECT kind, content FROM account ORDER BY rowid"))


def _devices(database: sqlite3.Connection, queries: Queries) -> list[DeviceRecord]:
    found = _found(database, queries.devices, DeviceRecord)
    devices = {device.entity: device for device in found}
    for row in rows(database, queries.flash):
        phase = _PHASE.validate_python(row["phase"])
        device = devices[row["device"]]
        setattr(device, f"flash_{phase}", _flash(row))
        if queries.chained:
            setattr(device, f"image_{phase}", _DIGEST.validate_python(row["image"]))
    cells = _cells(database)
    for entity, device in devices.items():
        device.cells = sorted(cells[entity].values(), key=_place)
    return list(devices.values())


def _flash(row: Row) -> FlashRecord:
    found: Any = row | {"erases": json.loads(row["erases"])}
    return _FLASH.validate_python(found)


def _cells(database: sqlite3.Connection) -> dict[str, dict[str, CellHistory]]:
    """Histories by device and cell name."""
    devices: dict[str, dict[str, CellHistory]] = defaultdict(dict)
    for device, phase, source, cells in cell_rows(database):
        histories = devices[device]
        for cell, contents in cells.items():
            if cell not in histories:
                histories[cell] = CellHistory(cell)
            side = histories[cell].before if phase == "before" else histories[cell].after
            side[source] = contents
    return devices


def _place(history: CellHistory) -> tuple[int, int, int]:
    role, key_usage, cell_usage = history.name
    return role, key_usage.value, cell_usage
