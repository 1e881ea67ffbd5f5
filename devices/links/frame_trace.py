"""A record of every frame, as JSON lines; what may hold a secret is left out."""

import json
from collections.abc import Callable
from threading import Lock
from typing import Any, Protocol

from firmware_sim.devices.links.board_protocol import ANSWER_BIT, FrameType
from firmware_sim.devices.links.framing import BadFrame, Frame
from firmware_sim.machine.image.records import RecordKind

TO_BOARD = "to board"
FROM_BOARD = "from board"

# Every other kind, staged or read, may hold private keys, seeds or keys on their way.
_OPEN_KINDS = (
    RecordKind.CELL,
    RecordKind.ROOT,
    RecordKind.COUNTERS,
    RecordKind.OWN_COUNTERS,
    RecordKind.DEVICE_CERTIFICATE,
)
_FLASH_ANSWER = FrameType.READ | ANSWER_BIT


class _Writable(Protocol):
    def write(self, text: str, /) -> object: ...


class FrameTrace:
    """Writes one line a frame: time, direction, type, sequence, payload in hexadecimal.

    Args:
        file: takes the lines; the caller opens and closes it.
        clock: seconds, on any scale; read once a frame.
        redact: a function that blanks further secrets in a payload, if there are such.
    """

    def __init__(
        self,
        file: _Writable,
        clock: Callable[[], float],
        redact: Callable[[bytes], bytes] = bytes,
    ) -> None:
        self._file = file
        self._clock = clock
        self._redact = redact
        self._writing = Lock()

    def record(self, direction: str, frame: Frame | BadFrame) -> None:
        """Write down a frame, good or bad."""
        line = {"at": round(self._clock(), 6), "direction": direction}
        what = self._good(frame) if isinstance(frame, Frame) else _bad(frame)
        with self._writing:  # one thread sends, another receives
            self._file.write(json.dumps(line | what) + "\n")

    def _good(self, frame: Frame) -> dict[str, Any]:
        line: dict[str, Any] = {"type": type_name(frame.type), "sequence": frame.sequence}
        if holds_secret(frame):
            return line | {"redacted_octets": len(frame.payload)}
        return line | {"hex": self._redact(frame.payload).hex()}


def type_name(number: int) -> str:
    """A frame type in words, e.g. ``HELLO``, ``HELLO answer``, ``0x7f``."""
    try:
        return FrameType(number).name
    except ValueError:
        pass
    try:
        return f"{FrameType(number ^ ANSWER_BIT).name} answer"
    except ValueError:
        return f"{number:#04x}"


def holds_secret(frame: Frame) -> bool:
    """Whether a private key or a seed may stand in the payload."""
    if frame.type == FrameType.RECORD:
        return not frame.payload or frame.payload[0] not in _OPEN_KINDS
    return frame.type == _FLASH_ANSWER


def _bad(frame: BadFrame) -> dict[str, Any]:
    # It may be a damaged one that held a secret.
    return {"type": "bad", "reason": frame.reason, "redacted_octets": len(frame.octets)}
