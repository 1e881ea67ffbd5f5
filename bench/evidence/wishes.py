"""What somebody who watches a run wishes of it: that it waits, goes on, or stops.

The wish is a file in the run's folder, where only the owner of the run may write. The process that
plays the run looks for it where nothing is half done, and takes it away at the end.
"""

from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

from firmware_sim.bench.files.whole_files import new_file, read_bounded

WISH_NAME: Final = "wish"
_MOST_OCTETS: Final = 16


class Wish(StrEnum):
    """The content of the file; without a file the run goes on."""

    PAUSE = "pause"
    PAUSED = "paused"
    """Written by the run itself: it waits now."""
    STOP = "stop"


def wish_of(folder: Path) -> Wish | None:
    """The wish that stands; None if there is none, or no such wish."""
    path = folder / WISH_NAME
    if not path.is_file():
        return None
    with suppress(ValueError):
        text = read_bounded(path, _MOST_OCTETS, "wish").decode("ascii", "replace")
        return Wish(text.strip())
    return None


def leave_wish(folder: Path, wish: Wish | None) -> None:
    """Let a wish stand in place of the one before; None: the run is to go on.

    Raises:
        BenchError: it cannot be written.
    """
    if wish is None:
        with suppress(FileNotFoundError):
            (folder / WISH_NAME).unlink()
        return
    with new_file(folder / WISH_NAME) as file:
        file.write(f"{wish}\n".encode("ascii"))
