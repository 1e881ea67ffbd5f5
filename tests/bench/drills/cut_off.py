"""Runs that are killed at a moment of the test's choice, and what their ledgers hold at the end."""

import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from itertools import compress
from pathlib import Path
from typing import Any

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.evidence import export, sealing
from firmware_sim.bench.evidence.chain import chain_rows
from firmware_sim.bench.evidence.database import LedgerDatabase
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.tables import TABLES
from firmware_sim.bench.evidence.unpacking import Unpacker
from tests.bench.evidence.asking import asked

Row = tuple[str, tuple[Any, ...]]

OF_THE_CLOCK = {"run": ("started",), "run_end": ("finished",), "verdict": ("microseconds",)}
"""Columns that no two runs share; the table ``wall_clock`` has nothing else."""


def killed(arguments: list[str], moment: int) -> None:
    """Run a command line in a process of its own, and kill it before it does its work so often.

    Work is a row of the ledger, or a file that is made from it; a negative moment is the one just
    after the row, in a transaction that it leaves open.
    """
    child = os.fork()
    if child == 0:
        try:
            _let_die(abs(moment), after=moment < 0)
            run(arguments)
        finally:
            os._exit(99)  # never back into the tests
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"it came to its end with {os.waitstatus_to_exitcode(status)}"
    assert os.WTERMSIG(status) == signal.SIGKILL


def _let_die(moment: int, *, after: bool) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    done = 0

    def dying(work: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            nonlocal done
            done += 1
            if done == moment and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = work(*arguments, **named)
            if done == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return wrapped

    LedgerDatabase._insert = dying(LedgerDatabase._insert)  # type: ignore[method-assign]
    for module, names in ((export, FILES), (sealing, ("sign", "write_manifest"))):
        for name in names:
            setattr(module, name, dying(getattr(module, name)))


FILES = ("write_messages", "write_junit", "write_spreadsheets", "write_html")
AFTER_THE_LEDGER = len(FILES) + 2
"""So many moments come after the last row."""


def rows(folder: Path) -> list[Row]:
    """Every row in the order of the chain, without the bench's own clock."""
    found: list[Row] = []
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        columns = {
            table: [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            for table in TABLES
        }
        unpacker = Unpacker(database)
        for row in chain_rows(database, TABLES - {"wall_clock", "word"}):
            names = [name for name in columns[row.table] if name not in ("place", "previous")]
            left_out = OF_THE_CLOCK.get(row.table, ())
            kept = [name not in left_out for name in names if name != "base"]
            whole = unpacker.unpack(row.table, row.values[:-2])
            found.append((row.table, tuple(compress(whole, kept))))
    return found


def head_rows(folder: Path) -> int:
    """Rows for the run as a whole, written together before anything is played."""
    of_the_run = {"run", "input", "clause", "version", "policy"}
    return sum(table in of_the_run for table, _ in rows(folder))


def number_of_rows(folder: Path) -> int:
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        (rows_of_clock,) = database.execute("SELECT count(*) FROM wall_clock").fetchone()
    return len(rows(folder)) + int(rows_of_clock)


def commands_sent(folder: Path) -> Counter[tuple[str, str, str, str]]:
    """How often each Originator Counter went to each device."""
    query = """SELECT device, originator, counter, digest FROM message
               WHERE direction = 'to device' AND kind = 'command'"""
    return Counter(asked(folder, query))


def images(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "images").iterdir()}
