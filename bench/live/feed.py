"""What is read of one run, for all who watch it: its new rows, and whether it goes."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.holding import is_written
from firmware_sim.bench.evidence.opening import opened
from firmware_sim.bench.evidence.unpacking import Unpacker
from firmware_sim.bench.evidence.wishes import Wish, wish_of
from firmware_sim.bench.live.rows import RowsSoFar
from firmware_sim.bench.live.state import LiveState
from firmware_sim.bench.outcome import Outcome

INTERVAL: Final = 0.25
"""Seconds between two updates, at least: four a second."""

_MOST_ROWS: Final = 20_000
_STILL: Final = 1.0
"""After so many seconds without a row it is looked whether a process still writes the run."""


class Feed:
    """The ledger in a folder, read as it grows.

    It is opened for a moment at a time: the process that writes it can then close it as if nobody
    looked on.

    Attributes:
        is_whole: all rows that stood there at the last look were read.
        is_closing: every stream is to tell what is left, and end.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = LiveState()
        self.is_closing = False
        self._rows = RowsSoFar()
        self._unpacker: Unpacker | None = None
        self._seen: tuple[int, ...] = ()
        self._looked = self._grown = self._asked = 0.0
        self._is_written = True
        self.is_whole = False

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
        with self._reading() as (database, unpacker):
            found = self._rows.take(database, _MOST_ROWS)
            for row in found:
                self.state.fold(row, unpacker)
        self._seen, self.is_whole = mark, len(found) < _MOST_ROWS
        if found:
            self._grown = now

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
        outcome = self.state.outcome
        if outcome not in {None, Outcome.INTERRUPTED}:
            return "over"
        if outcome is not None and (self.is_closing or not self._has_writer()):
            return "interrupted"
        if not (self._has_grown() or self._has_writer()):
            return "cut off"
        words = {Wish.PAUSE: "pausing", Wish.PAUSED: "paused", Wish.STOP: "stopping"}
        wish = wish_of(self.folder)
        return "running" if wish is None else words[wish]

    def _has_grown(self) -> bool:
        return time.monotonic() - self._grown < _STILL

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
        for name in (LEDGER_NAME, f"{LEDGER_NAME}-wal"):
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
