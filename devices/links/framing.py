"""Frames on a line of octets: COBS, a sequence number and a CRC-32 (hw/PROTOCOL.md, section 2).

Sans I/O: octets in, frames out; what carries the octets does not matter.
"""

from typing import NamedTuple
from zlib import crc32

from cobs import cobs

DELIMITER = b"\x00"
MAX_FRAME_OCTETS = 12_288
"""Of a decoded frame: type, sequence, payload and check. A request has fewer: 8,224."""
HEAD_OCTETS = 2
CHECK_OCTETS = 4
MAX_PAYLOAD_OCTETS = MAX_FRAME_OCTETS - HEAD_OCTETS - CHECK_OCTETS
# COBS adds one octet to every 254 begun.
_MAX_LINE_OCTETS = MAX_FRAME_OCTETS + MAX_FRAME_OCTETS // 254 + 1


class Frame(NamedTuple):
    """A frame whose check is right. `type` and `sequence` are octets."""

    type: int
    sequence: int
    payload: bytes = b""


class BadFrame(NamedTuple):
    """Octets between two delimiters that are no frame, and why; cut to the longest that are."""

    octets: bytes
    reason: str


def encode(frame: Frame) -> bytes:
    """The frame as it stands on the line, a delimiter at each end.

    Raises:
        ValueError: a payload over 12,282 octets.
    """
    if len(frame.payload) > MAX_PAYLOAD_OCTETS:
        raise ValueError(f"a frame carries at most {MAX_PAYLOAD_OCTETS} octets")
    octets = bytes((frame.type, frame.sequence)) + frame.payload
    check = crc32(octets).to_bytes(CHECK_OCTETS, "little")
    return DELIMITER + bytes(cobs.encode(octets + check)) + DELIMITER


def decode(octets: bytes) -> Frame | BadFrame:
    """What stands between two delimiters, which are not given."""
    if len(octets) > _MAX_LINE_OCTETS:
        return BadFrame(octets[:_MAX_LINE_OCTETS], "too long")
    try:
        decoded = bytes(cobs.decode(octets))
    except cobs.DecodeError:
        return BadFrame(octets, "no COBS")
    if len(decoded) < HEAD_OCTETS + CHECK_OCTETS:
        return BadFrame(octets, "too short")
    if len(decoded) > MAX_FRAME_OCTETS:
        return BadFrame(octets, "too long")
    content, check = decoded[:-CHECK_OCTETS], decoded[-CHECK_OCTETS:]
    if crc32(content).to_bytes(CHECK_OCTETS, "little") != check:
        return BadFrame(octets, "wrong check")
    return Frame(content[0], content[1], content[HEAD_OCTETS:])


class FrameDecoder:
    """Takes octets as they come, in pieces of any size; keeps at most one frame's worth."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, octets: bytes) -> list[Frame | BadFrame]:
        """The frames that these octets complete, good and bad, in order."""
        frames: list[Frame | BadFrame] = []
        *ended, rest = octets.split(DELIMITER)
        for part in ended:
            self._hold(part)
            if self._held:
                frames.append(decode(bytes(self._held)))
                self._held.clear()
        self._hold(rest)
        return frames

    def _hold(self, part: bytes) -> None:
        # One more than any frame has, so that an overlong one is seen as such.
        room = _MAX_LINE_OCTETS + 1 - len(self._held)
        self._held += part[:room]
