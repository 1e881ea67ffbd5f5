"""Where the CPU time of a run goes, by looking at what it does many times a second.

Counting each call would slow what is measured, and small calls most. So the system's timer of CPU
time interrupts the process, and what it is doing then is taken down: the innermost function of the
project decides which part the time belongs to.
"""

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

INTERVAL: Final = 0.002
"""Seconds of CPU time between two looks."""

OTHER: Final = "parties and steps"

_PARTS: Final = (
    ("/firmware_sim/gbcs/crypto.py", "cryptography"),
    ("/firmware_sim/gbcs/", "codec"),
    ("/firmware_sim/machine/", "device"),
    ("/firmware_sim/devices/", "device"),
    ("/firmware_sim/hw/", "device"),
    ("/firmware_sim/bench/dut/native/", "device"),
    ("/firmware_sim/bench/evidence/", "evidence"),
    ("/firmware_sim/bench/", OTHER),
)


@contextmanager
def sampled() -> Iterator[Counter[str]]:
    """How often each part was seen at work inside; of the main thread, and once at a time."""
    seen: Counter[str] = Counter()

    def look(_number: int, frame: FrameType | None) -> None:
        seen[_part(frame)] += 1

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    try:
        yield seen
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _part(frame: FrameType | None) -> str:
    while frame is not None:
        name = frame.f_code.co_filename
        for path, part in _PARTS:
            if path in name:
                return part
        frame = frame.f_back
    return OTHER
