"""Lengths as the envelope writes them, and a reader that says at which octet something is wrong.

A-XDR (IEC 61334-6): one octet below 0x80, then ``81 xx`` up to 255, then ``82 hh ll``. A length
has one form only, the shortest, so that octets and values correspond one to one.
"""

from typing import Final

from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.identifiers import ENTITY_ID_OCTETS, CraFlag, EntityId

COUNTER_OCTETS: Final = 8

_SHORT_LENGTH = 0x80
_MAX_LENGTH_OCTETS = 2


def length_octets(length: int) -> bytes:
    """A length of 0 to 65,535 in its shortest form."""
    if length < _SHORT_LENGTH:
        return bytes((length,))
    octets = length.to_bytes(1 if length < 256 else _MAX_LENGTH_OCTETS, "big")
    return bytes((_SHORT_LENGTH + len(octets),)) + octets


def prefixed(octets: bytes) -> bytes:
    """The octets behind their length."""
    return length_octets(len(octets)) + octets


def counter_octets(value: int, *, clause: str) -> bytes:
    """An Originator Counter as its 8 octets; LocalError for another number."""
    try:
        return value.to_bytes(COUNTER_OCTETS, "big")
    except OverflowError:
        raise LocalError(f"{value} is not a counter of 8 octets", clause=clause) from None


class Reader:
    """A position in the octets of one message.

    Attributes:
        at: where the next octet is taken.
        end: where reading stops; may be set lower to keep a trailer out.
    """

    __slots__ = ("at", "clause", "end", "octets")

    def __init__(self, octets: bytes, *, clause: str) -> None:
        """Read from the first octet; `clause` is the rule that errors name."""
        self.octets = octets
        self.clause = clause
        self.at = 0
        self.end = len(octets)

    def wrong(self, reason: str, at: int | None = None) -> RemoteError:
        """The error for what stands here, or at another octet."""
        return RemoteError(reason, clause=self.clause, offset=self.at if at is None else at)

    def take(self, count: int, what: str) -> bytes:
        """The next octets; RemoteError, as from every method here, if there are not so many."""
        stop = self.at + count
        if stop > self.end:
            raise self.wrong(f"{what} is cut short")
        taken = self.octets[self.at : stop]
        self.at = stop
        return taken

    def number(self, count: int, what: str) -> int:
        """An unsigned big-endian number of so many octets."""
        return int.from_bytes(self.take(count, what), "big")

    def expect(self, expected: bytes, what: str) -> None:
        """Step over octets that can only be these."""
        start = self.at
        found = self.take(len(expected), what)
        for at, (octet, right) in enumerate(zip(found, expected, strict=True), start):
            if octet != right:
                whole = "" if len(expected) == 1 else f" of {expected.hex(' ')}"
                raise self.wrong(f"{what} has {octet:02x} in place of {right:02x}{whole}", at)

    def length(self, what: str) -> int:
        """A length in its shortest form."""
        start = self.at
        first = self.take(1, what)[0]
        if first < _SHORT_LENGTH:
            return first
        count = first - _SHORT_LENGTH
        if not 0 < count <= _MAX_LENGTH_OCTETS:
            raise self.wrong(f"the length of {what} has {count} octets", start)
        length = self.number(count, what)
        if self.octets[start : self.at] != length_octets(length):
            raise self.wrong(f"the length of {what} is not in its shortest form", start)
        return length

    def counted(self, what: str) -> bytes:
        """A length and as many octets."""
        return self.take(self.length(what), what)

    def cra(self) -> CraFlag:
        """The first octet of a transaction identifier."""
        start = self.at
        value = self.take(1, "the CRA flag")[0]
        try:
            return CraFlag(value)
        except ValueError:
            raise self.wrong(f"{value} is not a CRA flag", start) from None

    def entity(self, what: str) -> EntityId:
        """An Entity Identifier behind its length."""
        self.expect(bytes((ENTITY_ID_OCTETS,)), what)
        return EntityId(self.take(ENTITY_ID_OCTETS, what))

    def finish(self) -> None:
        """Refuse octets that nothing has read."""
        if self.at != self.end:
            raise self.wrong("octets follow the message")
