"""Where a drill may wait or end: between two devices, and between two steps.

A drill that waits writes no row, so that its ledger is the one that it would have had. One that
stops ends as by Ctrl-C, and `drill resume` takes it up again.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.wishes import Wish, leave_wish, wish_of

_SECONDS: Final = 0.1
"""So often the folder is looked at."""


class _Heeding:
    """Looks for wishes in the folder of one run, and does as they say."""

    def __init__(self, folder: Path, commit: Callable[[], None]) -> None:
        self._folder = folder
        self._commit = commit
        self._looked = 0.0
        self._goes_on: asyncio.Event | None = None
        self._drill: asyncio.Task[object] | None = None

    async def heed(self) -> None:
        """Go on, wait, or end; the drill itself comes here before any task that it starts."""
        self._drill = self._drill or asyncio.current_task()
        if self._goes_on is not None:
            await self._goes_on.wait()
            return
        now = time.monotonic()
        if now - self._looked < _SECONDS:
            return
        self._looked = now
        wish = self._wish()
        if wish is Wish.STOP:
            await self._stop()
        elif wish is not None:
            await self._wait()

    async def _wait(self) -> None:
        """The first that sees the wish looks on; who comes meanwhile goes on after it, in turn."""
        self._goes_on = goes_on = asyncio.Event()
        self._commit()  # for those who look on meanwhile
        leave_wish(self._folder, Wish.PAUSED)
        try:
            while (wish := self._wish()) in {Wish.PAUSE, Wish.PAUSED}:
                if wish is Wish.PAUSE:
                    leave_wish(self._folder, Wish.PAUSED)
                await asyncio.sleep(_SECONDS)
            if wish is Wish.STOP:
                await self._stop()
        finally:
            self._goes_on = None
            goes_on.set()

    async def _stop(self) -> None:
        """End the drill; by no signal, which a program in the background may have to ignore."""
        # Who comes before the end has reached it waits: devices would be sent to out of their turn.
        self._goes_on = self._goes_on or asyncio.Event()
        if self._drill is not None:
            self._drill.cancel()
        await asyncio.get_running_loop().create_future()

    def _wish(self) -> Wish | None:
        with suppress(BenchError):  # taken away meanwhile
            return wish_of(self._folder)
        return None


def _nothing() -> None:
    """For a ledger in which no row waits."""


_heeding: ContextVar[_Heeding | None] = ContextVar("heeding", default=None)


@contextmanager
def heeding(folder: Path, commit: Callable[[], None]) -> Iterator[None]:
    """Heed the wishes in a folder; what a killed process left of them is taken away before.

    Args:
        commit: called before the drill waits, so that its ledger has all that it knows.
    """
    leave_wish(folder, None)
    try:
        with heeding_in_part(folder, commit):
            yield
    finally:
        leave_wish(folder, None)


@contextmanager
def heeding_in_part(folder: Path, commit: Callable[[], None] = _nothing) -> Iterator[None]:
    """As `heeding`, for a drill that is a part of a run: wishes stay for what comes after it."""
    token = _heeding.set(_Heeding(folder, commit))
    try:
        yield
    finally:
        _heeding.reset(token)


async def safe_point() -> None:
    """Let others work, and an interruption or a wish be heeded."""
    await asyncio.sleep(0)
    here = _heeding.get()
    if here is not None:
        await here.heed()
