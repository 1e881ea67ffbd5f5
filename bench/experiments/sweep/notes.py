"""What a process was at when the native engine ended it: a crash is the bench's, and no verdict.

Each process that sweeps on the native engine has two files in a folder of the run: the name of
its case, and what Python's faulthandler writes if a signal of a fault ends it.
"""

import faulthandler
import os
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TextIO

from firmware_sim.bench.errors import BenchError

_CASE = ".case"
_FAULT = ".fault"


def note_in(folder: Path | None) -> Callable[[str], None]:
    """Where this process says what it is at; without a folder, nowhere."""
    if folder is None:
        return lambda _: None
    file = _watched(folder)

    def note(case: str) -> None:
        file.seek(0)
        file.truncate()
        file.write(case + "\n")
        file.flush()

    return note


@cache
def _watched(folder: Path) -> TextIO:
    """The file of this process, once it is prepared to tell of its end."""
    faulthandler.enable((folder / f"{os.getpid()}{_FAULT}").open("w"), all_threads=False)
    return (folder / f"{os.getpid()}{_CASE}").open("w", encoding="utf-8")


def crash_in(folder: Path) -> BenchError | None:
    """What to say if the engine ended a process; its case is kept in a file beside the user."""
    for fault in sorted(folder.glob(f"*{_FAULT}")):
        told = fault.read_text(encoding="utf-8", errors="replace")
        if told:
            case = fault.with_suffix(_CASE).read_text(encoding="utf-8").strip()
            return BenchError(
                f"the engine crashed in {case}: {told.splitlines()[0]}", _kept(case, told)
            )
    return None


def _kept(case: str, told: str) -> str:
    """Keep the case; in words, where."""
    path = Path(f"sweep-crash-{sha256(case.encode()).hexdigest()[:16]}.txt")
    try:
        path.write_text(f"{case}\n{told}", encoding="utf-8")
    except OSError as error:
        return f"the case could not be kept in {path}: {error.strerror}"
    return f"the case is kept in {path}; this is a fault of the firmware or of the engine"
