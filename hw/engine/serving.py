"""What the engine's process does: it takes many questions in one message, and answers them so."""

import ctypes
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, NamedTuple

from firmware_sim.hw.engine.device import EngineDevice
from firmware_sim.hw.engine.library import EngineLibrary, engine_at

WITH_IMAGE: Final = frozenset({"receive", "power_on"})
"""Calls whose answer brings the flash: whoever makes them mostly looks at it next."""


class EngineCall(NamedTuple):
    """Of a method of `EngineDevice`, or ``open`` for a new one, or ``info`` of the engine."""

    what: str
    arguments: tuple[Any, ...] = ()


class EngineQuestion(NamedTuple):
    """Calls at one device, one after the other; the answer is the last one's.

    The first that raises is the last that is made: what it raised is the answer then.

    Attributes:
        device: its number in the process; 0 for none.
    """

    device: int
    calls: tuple[EngineCall, ...]

    def __str__(self) -> str:
        return self.calls[-1].what

    @property
    def message(self) -> bytes:
        """What the device is to receive; empty if nothing."""
        what, arguments = self.calls[-1]
        octets: bytes = arguments[0] if what == "receive" else b""
        return octets


def serve(line: Connection, path: str, begun: ctypes.c_uint) -> None:
    """Answer until the other end is closed. Ctrl-C is the parent's to hear.

    Args:
        path: the engine.
        begun: is told the place of each question in its message before it is worked on. Both
            processes see it, so that the parent knows which one the engine did not survive.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    engine = Path(path)
    devices: dict[int, EngineDevice] = {}
    with suppress(EOFError, OSError):
        while True:
            answers = []
            for begun.value, question in enumerate(line.recv()):
                try:
                    answer = _answered(engine_at(engine), devices, question)
                except Exception as error:  # noqa: BLE001 - the parent decides what it means
                    answer = error
                answers.append(answer)
            line.send(answers)


def _answered(
    library: EngineLibrary, devices: dict[int, EngineDevice], question: EngineQuestion
) -> Any:
    number, calls = question
    answer: Any = None
    for what, arguments in calls:
        if what == "info":
            answer = library.info
        elif what == "open":
            geometry, file = arguments
            devices[number] = EngineDevice(library, geometry, file=file)
        else:
            answer = getattr(devices[number], what)(*arguments)
    return (answer, devices[number].checked_image()) if what in WITH_IMAGE else answer
