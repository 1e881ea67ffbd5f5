"""SIGTERM ends a run as SIGINT does: with its record, its exit code, and without a traceback."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

_ENDING: Final = {signal.SIGINT, signal.SIGTERM}
_MOST: Final = 4096


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """As long as this lasts, SIGTERM does what SIGINT would do at that moment.

    A command that serves until it is stopped puts handlers of its own in place of this one.
    """
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def signals_seen() -> Iterator[Callable[[], bool]]:
    """Gives what says whether SIGINT or SIGTERM has come since.

    A KeyboardInterrupt that is raised while a library in Rust calls Python may come out as a panic
    of that library, and no more as itself. Only in the main thread.
    """
    read, write = os.pipe()
    for end in (read, write):
        os.set_blocking(end, False)
    before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)

    def seen() -> bool:
        with suppress(BlockingIOError):
            return not _ENDING.isdisjoint(os.read(read, _MOST))
        return False

    try:
        yield seen
    finally:
        signal.set_wakeup_fd(before)
        os.close(read)
        os.close(write)


def _interrupt(_: int, frame: FrameType | None) -> None:
    handler = signal.getsignal(signal.SIGINT)
    # asyncio has a handler of its own, which lets tasks end in good order.
    if callable(handler):
        handler(signal.SIGINT, frame)
    else:  # a shell ignores SIGINT for what it starts in the background
        raise KeyboardInterrupt
