"""Every frame on a board's line, kept without the secrets that travel in messages."""

from pathlib import Path
from time import monotonic
from typing import IO

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.redact import Redactor
from firmware_sim.devices.links.frame_trace import FrameTrace


class _Appending:
    """A file that is open only while a line is written: which line is the last is not known."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, text: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(text)


def trace_into(path: Path | None) -> FrameTrace | None:
    """A trace into a new file; None for none.

    Raises:
        UsageError: the file cannot be written.
    """
    if path is None:
        return None
    try:
        path.write_text("", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"frames cannot be written to {path}: {error.strerror}") from error
    return frame_trace(_Appending(path))


def frame_trace(file: IO[str] | _Appending) -> FrameTrace:
    """A trace into an open file; a Contingency Symmetric Key in a message becomes zeroes."""
    redactor = Redactor()
    return FrameTrace(file, monotonic, lambda octets: redactor.octets(octets).octets)
