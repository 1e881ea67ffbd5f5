"""The new rows of a ledger in the order in which they were written, some at a time.

Each row has its place in the chain, which counts through all tables: the places are the numbers of
the events, and say where a reader has come to.
"""

import sqlite3
from collections.abc import Iterator
from heapq import merge
from itertools import islice
from typing import Any, Final, NamedTuple

TABLES: Final = (
    *("run", "input", "device", "word", "governance", "account", "step", "step_end"),
    *("message", "refusal", "verdict", "run_end"),
)
"""What the page tells of; the others (cells, flash, policy, …) are for the report."""


class LedgerRow(NamedTuple):
    """One row as it is stored; texts and devices may stand as numbers (`evidence.packing`).

    Attributes:
        place: in the chain, from 0.
        number: the row's own in its table, from 1.
    """

    place: int
    table: str
    number: int
    values: tuple[Any, ...]


class RowsSoFar:
    """Knows of each table how far it was read; by default those of a drill's ledger."""

    def __init__(self, tables: tuple[str, ...] = TABLES) -> None:
        self._read = dict.fromkeys(tables, 0)

    def take(self, database: sqlite3.Connection, most: int) -> list[LedgerRow]:
        """The next rows, at most so many; none if all were taken."""
        database.execute("BEGIN")  # one state of all tables
        try:
            tables = (self._rest(database, table) for table in self._read)
            found = list(islice(merge(*tables), most))
        finally:
            database.execute("ROLLBACK")
        for row in found:
            self._read[row.table] = row.number
        return found

    def _rest(self, database: sqlite3.Connection, table: str) -> Iterator[LedgerRow]:
        # A view of the same name hides a table, so the table is asked for by its schema; both
        # names are our own.
        query = f"SELECT rowid, * FROM main.{table} WHERE rowid > ? ORDER BY rowid"  # noqa: S608
        for number, *values, place, _previous in database.execute(query, (self._read[table],)):
            yield LedgerRow(place, table, number, tuple(values))
