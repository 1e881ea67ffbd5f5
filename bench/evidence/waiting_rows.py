"""Rows on their way into a database: numbered at once, written many at a time."""

import sqlite3
from collections import defaultdict
from functools import cache

from firmware_sim.bench.evidence.chain import Value

Row = tuple[Value, ...]


class WaitingRows:
    """Rows of the tables of one database, in the order in which they came.

    Args:
        database: nobody else writes into it; each of its statements is committed by itself.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._rows: defaultdict[str, list[Row]] = defaultdict(list)
        self._highest: dict[str, int] = {}
        self._left = 0

    def __len__(self) -> int:
        return self._left

    def next_number(self, table: str) -> int:
        """The number of a table's next row, as the database itself would give it."""
        highest = self._highest.get(table)
        if highest is None:
            # The table is one of our own names, never input.
            query = f"SELECT coalesce(max(rowid), 0) FROM {table}"  # noqa: S608
            (highest,) = self._database.execute(query).fetchone()
        self._highest[table] = highest + 1
        return self._highest[table]

    def add(self, table: str, row: Row) -> None:
        """A row that is to be written."""
        self._rows[table].append(row)
        self._left += 1

    def write(self) -> None:
        """Write all that wait, in one transaction.

        Raises:
            sqlite3.Error: the disk is full, or fails; nothing of it was written.
        """
        if not self._left:
            return
        self._database.execute("BEGIN")
        try:
            for table, rows in self._rows.items():
                self._database.executemany(_insertion(table, len(rows[0])), rows)
            self._database.execute("COMMIT")
        except sqlite3.Error:
            if self._database.in_transaction:  # a full disk may have ended it already
                self._database.rollback()
            raise
        self._rows.clear()
        self._left = 0


@cache
def _insertion(table: str, values: int) -> str:
    marks = ", ".join("?" * values)
    # The table is one of our own names, never input.
    return f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608
