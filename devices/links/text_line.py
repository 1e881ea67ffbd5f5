"""The industry's text line, as GFI and community hubs speak it: one GBCS message a line.

``GBCS:DATA#<number>:<octets, decimal>:<octets in upper-case hexadecimal>`` CR LF. What the number
means is not public. Nothing acknowledges a line. Sans I/O: octets in, messages out.
"""

import re
from collections import Counter
from typing import Final, NamedTuple

from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS

END: Final = b"\r\n"
_LINE = re.compile(rb"GBCS:DATA#([0-9]{1,10}):([0-9]{1,5}):((?:[0-9A-F]{2})+)\Z")
_HEAD_OCTETS = len(b"GBCS:DATA#:") + 10 + 5 + 1
MAX_LINE_OCTETS: Final = _HEAD_OCTETS + 2 * MAX_MESSAGE_OCTETS
"""Without its end."""
NUMBER: Final = "0"
"""What a message of ours has, which answers no line."""


class TextMessage(NamedTuple):
    """One message, and the number of its line: decimal digits, as they came."""

    octets: bytes
    number: str = NUMBER


class BadLineError(ValueError):
    """A line is none, or has not what it announces; the text says which, in a few words."""


def encode_line(message: TextMessage) -> bytes:
    """The line with its end; a receiver needs nothing before it.

    Raises:
        ValueError: no octets, more than 8,192, or a number that is none.
    """
    line = f"GBCS:DATA#{message.number}:{len(message.octets)}:{message.octets.hex().upper()}"
    try:
        parse_line(line.encode("ascii", "replace"))
    except BadLineError as error:
        raise ValueError(f"no line can carry this: {error}") from error
    return line.encode() + END


def parse_line(line: bytes) -> TextMessage:
    """Read a line, without its end.

    Raises:
        BadLineError: as its text says.
    """
    if len(line) > MAX_LINE_OCTETS:
        raise BadLineError("too long")
    found = _LINE.match(line)
    if found is None:
        raise BadLineError("not of the form GBCS:DATA#number:count:hexadecimal")
    number, count, digits = found.groups()
    octets = bytes.fromhex(digits.decode())
    if int(count) != len(octets):
        raise BadLineError("wrong count")
    if len(octets) > MAX_MESSAGE_OCTETS:
        raise BadLineError("too long")
    return TextMessage(octets, number.decode())


class LineReader:
    """Takes octets as they come, in pieces of any size; keeps at most one line's worth.

    Attributes:
        dropped: how many lines were dropped, by reason.
    """

    def __init__(self) -> None:
        self._held = bytearray()
        self.dropped: Counter[str] = Counter()

    def feed(self, octets: bytes) -> list[TextMessage]:
        """The messages of the lines that these octets complete; bad lines are dropped."""
        found = []
        *ended, rest = octets.split(b"\n")
        for part in ended:
            self._hold(part)
            line = bytes(self._held)
            self._held.clear()
            if line in (b"", b"\r"):
                continue
            try:
                found.append(self._read(line))
            except BadLineError as error:
                self.dropped[str(error)] += 1
        self._hold(rest)
        return found

    def _read(self, line: bytes) -> TextMessage:
        if len(line) > MAX_LINE_OCTETS + 1:
            raise BadLineError("too long")
        if not line.endswith(b"\r"):
            raise BadLineError("no carriage return at its end")
        return parse_line(line.removesuffix(b"\r"))

    def _hold(self, part: bytes) -> None:
        # Two more than a line has, so that an overlong one is seen as such.
        self._held += part[: MAX_LINE_OCTETS + 2 - len(self._held)]
