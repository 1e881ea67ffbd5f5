"""SIGTERM ends a run as SIGINT does: with its record, its exit code, and without a traceback."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


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


def _interrupt(_: int, frame: FrameType | None) -> None:
    handler = signal.getsignal(signal.SIGINT)
    # asyncio has a handler of its own, which lets tasks end in good order.
    if callable(handler):
        handler(signal.SIGINT, frame)
    else:  # a shell ignores SIGINT for what it starts in the background
        raise KeyboardInterrupt
