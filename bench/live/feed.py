"""What is read of one run, for all who watch it: its new rows, and whether it goes."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.holding import is_written
from firmware_sim.bench.evidence.opening import is_unbegun, opened
from firmware_sim.bench.evidence.unpacking import Unpacker
from firmware_sim.bench.evidence.wishes import Wish, wish_of
from firmware_sim.bench.experiments.fleet.record import (
    FLEET_NAME,
    FLEET_TABLES,
    is_fleet_begun,
    opened_fleet,
)
from firmware_sim.bench.live.rows import RowsSoFar
from firmware_sim.bench.live.state import LiveState
from firmware_sim.bench.outcome import Outcome

INTERVAL: Final = 0.25
"""Seconds between two updates, at least: four a second."""

_FILES: Final = tuple(f"{name}{end}" for name in (LEDGER_NAME, FLEET_NAME) for end in ("", "-wal"))
_MOST_ROWS: Final = 20_000
_STILL: Final = 1.0
"""After so many seconds without a row it is looked whether a process still writes the run."""


class Feed:
    """The ledger in a folder, read as it grows; of a fleet, its record after it.

    They are opened for a moment at a time: the process that writes them can then close them as if
    nobody looked on.

    Args:
        waits: the run is about to begin, and its ledger need not be there.

    Attributes:
        state: what the page shows; another one when the run began anew in the same folder.
        is_whole: all rows that stood there at the last look were read.
        is_closing: every stream is to tell what is left, and end.
    """

    def __init__(self, folder: Path, *, waits: bool = False) -> None:
        self.folder = folder
        self.is_closing = False
        self._waits = waits
        self._looked = self._grown = self._asked = 0.0
        self._is_written = True
        self._is_stopping = False
        self._begin(())

    def _begin(self, file: tuple[int, ...]) -> None:
        self.state = LiveState()
        self.is_whole = False
        self._rows, self._fleet_rows = RowsSoFar(), RowsSoFar(FLEET_TABLES)
        self._ledger_rows = 0
        self._unpacker: Unpacker | None = None
        self._seen: tuple[int, ...] = ()
        self._file = file

    def close(self) -> None:
        """Let every stream tell what is left, and end."""
        self.is_closing = True

    def refresh(self) -> None:
        """Read what is new, unless that was done a moment ago.

        Raises:
            UsageError: the ledger is no valid one.
        """
        now = time.monotonic()
        if now - self._looked < INTERVAL / 2 and not self.is_closing:
            return
        self._looked = now
        mark = self._mark()
        if mark == self._seen and self.is_whole:
            return
        if self._waits and not self._is_begun():
            self.is_whole = True
            return
        number = self._take_ledger()
        if number < _MOST_ROWS and (self.state.fleet or is_fleet_begun(self.folder)):
            number += self._take_fleet(now)
        self._seen, self.is_whole = mark, number < _MOST_ROWS
        if number:
            self._grown, self._is_stopping = now, False

    def _is_begun(self) -> bool:
        return (self.folder / LEDGER_NAME).is_file() and not is_unbegun(self.folder)

    def _take_ledger(self) -> int:
        """Take new rows in; how many there were."""
        stat = (self.folder / LEDGER_NAME).stat() if self._is_begun() else None
        file = () if stat is None else (stat.st_dev, stat.st_ino)
        if file != self._file:
            self._begin(file)
        with self._reading() as (database, unpacker):
            found = self._rows.take(database, _MOST_ROWS)
            for row in found:
                self.state.fold(row, unpacker)
        return len(found)

    def _take_fleet(self, now: float) -> int:
        """The same of a fleet's record; its places follow those of the ledger, which is whole."""
        if self.state.fleet is None:
            self._ledger_rows = self.state.place + 1
        try:
            with opened_fleet(self.folder) as database:
                found = self._fleet_rows.take(database, _MOST_ROWS)
                for row in found:
                    self.state.fold_fleet(row._replace(place=row.place + self._ledger_rows), now)
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            problem = f"{self.folder / FLEET_NAME} is no valid record: {error!r:.200}"
            raise UsageError(problem, "run it again") from error
        return len(found)

    def since(self, place: int) -> str:
        """The sections of the page that changed after a place in the chain, as JSON; or empty.

        Raises:
            UsageError: the ledger is no valid one.
        """
        if all(changed <= place for changed in self.state.changed.values()):
            return ""
        with self._reading():
            return json.dumps(self.state.since(place), separators=(",", ":"))

    def octets_of(self, number: int) -> bytes:
        """Of a message by its number.

        Raises:
            UsageError: there is none, or the ledger is no valid one.
        """
        with self._reading() as (_, unpacker):
            return unpacker.octets_of(number)

    def status(self) -> str:
        """Of the run: running, pausing, paused, stopping, over, interrupted, or cut off."""
        if self._waits and not self._file and not self.is_closing:
            return "running"  # it is about to begin
        outcome = self.state.outcome
        if outcome not in {None, Outcome.INTERRUPTED}:
            return "over"
        if outcome is not None and (self.is_closing or not self._has_writer()):
            return "interrupted"
        if not self._is_played():
            return "interrupted" if self._is_stopping else "cut off"
        words = {Wish.PAUSE: "pausing", Wish.PAUSED: "paused", Wish.STOP: "stopping"}
        wish = wish_of(self.folder)
        # A fleet that stops between two shards leaves no row that says so, and takes the wish away.
        self._is_stopping |= wish is Wish.STOP
        heeded = Wish.STOP if self._is_stopping else wish
        return "running" if heeded is None else words[heeded]

    def _is_played(self) -> bool:
        """Whether a process plays the run; what grew a moment ago is not asked for."""
        if self.is_closing:
            return is_written(self.folder)
        return time.monotonic() - self._grown < _STILL or self._has_writer()

    def _has_writer(self) -> bool:
        """Asking takes the lock for a moment, so it is asked seldom."""
        now = time.monotonic()
        if now - self._asked >= _STILL:
            self._asked = now
            self._is_written = is_written(self.folder)
        return self._is_written

    def _mark(self) -> tuple[int, ...]:
        """Changes whenever a row was written."""
        found: list[int] = []
        for name in _FILES:
            with suppress(FileNotFoundError):
                stat = (self.folder / name).stat()
                found += (stat.st_mtime_ns, stat.st_size)
        return tuple(found)

    @contextmanager
    def _reading(self) -> Iterator[tuple[sqlite3.Connection, Unpacker]]:
        with opened(self.folder, packed=True) as database:
            if self._unpacker is None:
                self._unpacker = Unpacker(database)
            self._unpacker.read_from(database)
            self.state.devices.unpacker = self._unpacker
            yield database, self._unpacker
