"""The responder of ``examples/link-responder``, and a line to it whose time passes in no time."""

import importlib.util
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from firmware_sim.devices.links.octet_stream import READ_SECONDS

FOLDER = Path(__file__).parents[2] / "examples" / "link-responder"


def toy() -> ModuleType:
    """The example, as a module."""
    spec = importlib.util.spec_from_file_location("toy_responder", FOLDER / "responder.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class ToyStream:
    """A line to anything that starts and takes octets; `clock` stands still but for its waits."""

    name = "toy"
    seconds_per_octet = 0.0

    def __init__(self, board: Any, noise: Iterable[bytes] = ()) -> None:
        self._board = board
        self._out: list[bytes] = [*noise, board.start()]
        self.seconds = 0.0
        self.closed = False

    def clock(self) -> float:
        return self.seconds

    def read(self) -> bytes:
        if self._out:
            return self._out.pop(0)
        self.seconds += READ_SECONDS
        return b""

    def write(self, octets: bytes) -> None:
        self._out.append(self._board.take(octets))

    def close(self) -> None:
        self.closed = True
