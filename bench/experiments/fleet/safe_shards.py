"""Where a fleet may wait or end: between two shards, with none half done.

The wishes are those that a drill heeds (`evidence.wishes`). A run that waits has written every
shard that it began; one that stops ends as by Ctrl-C, and `--resume` runs what is missing.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.wishes import Wish, leave_wish, wish_of

LOOK_SECONDS: Final = 0.1
"""So often the folder is looked at."""

_folder: ContextVar[Path | None] = ContextVar("folder", default=None)


@contextmanager
def wishes_heeded(folder: Path) -> Iterator[None]:
    """Heed the wishes in a folder; what a killed process left of them is taken away before."""
    leave_wish(folder, None)
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)
        leave_wish(folder, None)


def is_to_wait() -> bool:
    """Whether no further shard is to begin for now.

    Raises:
        KeyboardInterrupt: the run is to stop.
    """
    wish = _wish()
    if wish is Wish.STOP:
        raise KeyboardInterrupt
    return wish is not None


def wait_as_wished() -> None:
    """Wait as long as somebody wishes it; for where no shard runs.

    Raises:
        KeyboardInterrupt: the run is to stop.
    """
    folder = _folder.get()
    while folder is not None and is_to_wait():
        if _wish() is Wish.PAUSE:
            leave_wish(folder, Wish.PAUSED)
        time.sleep(LOOK_SECONDS)


def _wish() -> Wish | None:
    folder = _folder.get()
    if folder is None:
        return None
    with suppress(BenchError):  # taken away meanwhile
        return wish_of(folder)
    return None
