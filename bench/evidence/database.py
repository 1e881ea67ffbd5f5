"""The database of a run: SQLite, one transaction or many, a chain of rows, times from one clock."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.chain import ChainHead, Value
from firmware_sim.bench.evidence.folder import LEDGER_NAME, new_ledger_file
from firmware_sim.bench.evidence.holding import Hold
from firmware_sim.bench.evidence.packing import Packer
from firmware_sim.bench.evidence.redact import Redactor
from firmware_sim.bench.evidence.tables import FORMAT, IDENTIFIED, SCHEMA
from firmware_sim.bench.evidence.waiting_rows import WaitingRows

_LOOKED_AFTER, _MOST_SECONDS = 32, 0.2
"""After so many rows that may wait the clock is looked at: whether they have waited so long."""

_TRIES, _PAUSE = 20, 0.05
"""How often the end of the log is tried, and how many seconds lie between."""


def utc_now() -> datetime:
    """The bench's own clock."""
    return datetime.now(UTC)


@lru_cache(maxsize=64)  # many rows of a step have the same
def iso(at: datetime) -> str:
    """As the ledger writes times: UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def new_database(folder: Path) -> sqlite3.Connection:
    """An empty ledger in a new folder (mode 0700), its tables made.

    Raises:
        UsageError: the folder holds a run already.
        BenchError: it cannot be made.
    """
    database = for_writing(new_ledger_file(folder))
    database.execute(f"PRAGMA user_version = {FORMAT:d}")
    database.executescript(SCHEMA)
    return database


def for_writing(path: Path) -> sqlite3.Connection:
    """A ledger's database, each row of which is committed by itself."""
    database = sqlite3.connect(path, isolation_level=None)
    # WAL with NORMAL: a commit is cheap, and a killed process loses nothing.
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    return database


@contextmanager
def ledger_named_in_errors(folder: Path) -> Iterator[None]:
    """What the database cannot write inside is told of the ledger in `folder`.

    Raises:
        BenchError: the disk is full, or fails.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        problem = f"cannot write {folder / LEDGER_NAME}: {error}"
        raise BenchError(problem, "check the disk and permissions") from error


class LedgerDatabase:
    """What every entry of a ledger needs: a row, a text without secrets, a time."""

    def __init__(
        self,
        folder: Path,
        database: sqlite3.Connection,
        redactor: Redactor,
        clock: Callable[[], datetime],
        hold: Hold | None = None,
    ) -> None:
        self.folder = folder
        self.redactor = redactor
        self._database = database
        self._clock = clock
        self._head = ChainHead()
        self._packer = Packer(lambda text: self._write("word", (None, text)))
        self._rows = WaitingRows(database)
        self._together, self._waits = 0, False
        self._due, self._look_at = 0.0, 0
        self._failure: sqlite3.Error | None = None
        self._hold = Hold(folder) if hold is None else None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Commit what is recorded inside in one go: cheaper for many rows of one device."""
        self._together += 1
        try:
            yield
        finally:
            # Also after an exception: what was seen until then is the evidence.
            self._together -= 1
            self._commit_if_due()

    def let_rows_wait(self) -> None:
        """Commit from now on a few times a second, and not every row.

        Only for devices that die with this process: of what a killed run did in its last moment,
        nothing is left then, neither a row nor a device that has executed anything.
        """
        self._waits = True

    def commit(self) -> None:
        """Commit the rows that wait.

        Raises:
            sqlite3.Error: the disk is full, or fails: no more can be recorded.
        """
        if self._failure is None:
            with self._no_more_after_a_failure():
                self._rows.write()
        self._due, self._look_at = time.monotonic() + _MOST_SECONDS, 0

    @property
    def head(self) -> ChainHead:
        """Of the chain, as far as it has been written."""
        return self._head

    def guard(self, secret: bytes) -> None:
        """Blank these octets wherever they appear from now on; at least 8 octets."""
        self.redactor.guard(secret)

    def follow(self, clock: Callable[[], datetime]) -> None:
        """Take the time from another clock, e.g. a drill's own; it gives aware times."""
        self._clock = clock

    def close(self) -> None:
        """Fold the write-ahead log into the one file, which from then on is read without one."""
        try:
            self.commit()
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._end_the_log()
        finally:
            self._database.close()
            if self._hold is not None:
                self._hold.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _end_the_log(self) -> None:
        """Whoever reads it for a moment, as the live page does, is waited for, and no other."""
        for _ in range(_TRIES):
            with suppress(sqlite3.OperationalError):  # another process reads it
                self._database.execute("PRAGMA journal_mode = DELETE")
                return
            time.sleep(_PAUSE)

    def _words(self, text: str) -> str:
        """Without secrets, and without what UTF-8 cannot hold."""
        clean = self.redactor.text(text)
        return clean if clean.isascii() else clean.encode("utf-8", "replace").decode("utf-8")

    def _insert(self, table: str, *values: Value) -> int:
        """Add a row to a table and to the chain; returns its number, 0 if it has none."""
        packed = self._packer.pack(table, values)
        number = self._write(table, packed)
        self._packer.stored(table, number, values)
        self._commit_if_due()
        return number

    def _write(self, table: str, packed: tuple[Value, ...]) -> int:
        if self._failure is not None:
            raise self._failure
        number, link = 0, (self._head.rows, self._head.mark)
        if table in IDENTIFIED:
            number = self._rows.next_number(table)
            row = (number, *packed[1:], *link)
        else:
            row = (*packed, *link)
        self._rows.add(table, row)
        self._head = self._head.after(table, row)
        return number

    def _commit_if_due(self) -> None:
        if self._together:
            return
        if self._waits and not self._have_waited():
            return
        self.commit()

    def _have_waited(self) -> bool:
        """Whether rows have waited for their time; the clock is not looked at for every row."""
        waiting = len(self._rows)
        if waiting < self._look_at:
            return False
        self._look_at = waiting + _LOOKED_AFTER
        return time.monotonic() >= self._due

    @contextmanager
    def _no_more_after_a_failure(self) -> Iterator[None]:
        """A full disk refuses rows that the chain has counted: no later row may stand on them."""
        try:
            yield
        except sqlite3.Error as error:
            self._failure = error
            raise

    def _time(self, at: datetime | None) -> str:
        return iso(self._clock() if at is None else at)
