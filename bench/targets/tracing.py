"""Every frame on a board's line, kept without the secrets that travel in messages."""

from time import monotonic
from typing import IO

from bench.report.redact import Redactor
from devices.links.frame_trace import FrameTrace


def frame_trace(file: IO[str]) -> FrameTrace:
    """A trace into an open file; a Contingency Symmetric Key in a message becomes zeroes."""
    redactor = Redactor()
    return FrameTrace(file, monotonic, lambda octets: redactor.octets(octets).octets)
