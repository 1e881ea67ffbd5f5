"""DLMS data values (IEC 62056-6-2, A-XDR): where one ends, and what is in it.

A value is a tag, then its content. Lengths are as the envelope writes them.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from firmware_sim.gbcs.axdr import Reader, prefixed

CLAUSE: Final = "IEC 62056-6-2 data"
MAX_DEPTH: Final = 8
"""Values that nest deeper are refused; reference messages have 6 levels."""
MAX_VALUES: Final = 4096
"""A value with more parts is refused: a few octets could otherwise ask for endless work."""

NULL: Final = b"\x00"
ARRAY, STRUCTURE, BIT_STRING, OCTET_STRING = 0x01, 0x02, 0x04, 0x09
VISIBLE_STRING, UTF8_STRING, COMPACT_ARRAY = 0x0A, 0x0C, 0x13
LONG_UNSIGNED, ENUM = 0x12, 0x16

NAMES: Final[Mapping[int, str]] = {
    0x00: "null-data",
    ARRAY: "array",
    STRUCTURE: "structure",
    0x03: "boolean",
    BIT_STRING: "bit-string",
    0x05: "double-long",
    0x06: "double-long-unsigned",
    OCTET_STRING: "octet-string",
    VISIBLE_STRING: "visible-string",
    UTF8_STRING: "utf8-string",
    0x0D: "bcd",
    0x0F: "integer",
    0x10: "long",
    0x11: "unsigned",
    LONG_UNSIGNED: "long-unsigned",
    COMPACT_ARRAY: "compact-array",
    0x14: "long64",
    0x15: "long64-unsigned",
    ENUM: "enum",
    0x17: "float32",
    0x18: "float64",
    0x19: "date-time",
    0x1A: "date",
    0x1B: "time",
}
"""The types of values by their tags."""

_FIXED = {
    0x00: 0,
    0x03: 1,
    0x05: 4,
    0x06: 4,
    0x0D: 1,
    0x0F: 1,
    0x10: 2,
    0x11: 1,
    LONG_UNSIGNED: 2,
    0x14: 8,
    0x15: 8,
    ENUM: 1,
    0x17: 4,
    0x18: 8,
    0x19: 12,
    0x1A: 5,
    0x1B: 4,
}
_STRINGS = (OCTET_STRING, VISIBLE_STRING, UTF8_STRING)
_SIGNED = (0x05, 0x0F, 0x10, 0x14)


class DlmsValue(NamedTuple):
    """One value: its tag, its content without lengths, and the values in an array or structure."""

    tag: int
    content: bytes
    parts: tuple["DlmsValue", ...] = ()

    @property
    def number(self) -> int:
        """The content as a number; signed where the type is."""
        return int.from_bytes(self.content, "big", signed=self.tag in _SIGNED)


def read_value(reader: Reader) -> DlmsValue:
    """The value that starts where the reader stands; what follows stays unread.

    Raises:
        RemoteError: an unknown type, a length that does not fit, too deep or too many parts.
    """
    return _value(reader, MAX_DEPTH, iter(range(MAX_VALUES)))


def one_value(octets: bytes) -> DlmsValue:
    """Read octets that are exactly one value; RemoteError as for `read_value`, or for a rest."""
    reader = Reader(octets, clause=CLAUSE)
    value = read_value(reader)
    reader.finish()
    return value


def octet_string(octets: bytes) -> bytes:
    """An octet-string as a value."""
    return bytes((OCTET_STRING,)) + prefixed(octets)


def structure(*values: bytes) -> bytes:
    """A structure of up to 127 values, each given as its octets."""
    return bytes((STRUCTURE, len(values))) + b"".join(values)


def _value(reader: Reader, depth: int, budget: Iterator[int]) -> DlmsValue:
    if next(budget, None) is None or depth < 0:
        raise reader.wrong("a value nests too deep or has too many parts")
    tag = reader.take(1, "the type of a value")[0]
    if tag in _FIXED:
        return DlmsValue(tag, reader.take(_FIXED[tag], NAMES[tag]))
    if tag in (ARRAY, STRUCTURE):
        count = reader.length(NAMES[tag])
        return DlmsValue(tag, b"", tuple(_value(reader, depth - 1, budget) for _ in range(count)))
    if tag in _STRINGS:
        return DlmsValue(tag, reader.counted(NAMES[tag]))
    if tag == BIT_STRING:
        return DlmsValue(tag, reader.take(-(-reader.length("bit-string") // 8), "bit-string"))
    if tag == COMPACT_ARRAY:
        start = reader.at
        _type(reader, depth - 1, budget)
        reader.counted("compact-array")
        return DlmsValue(tag, reader.octets[start : reader.at])
    raise reader.wrong(f"{tag:02x} is no type of a value")


def _type(reader: Reader, depth: int, budget: Iterator[int]) -> None:
    """Step over the description of a type."""
    if next(budget, None) is None or depth < 0:
        raise reader.wrong("a type nests too deep or has too many parts")
    tag = reader.take(1, "a type")[0]
    if tag == ARRAY:
        reader.take(2, "the size of an array")
        _type(reader, depth - 1, budget)
    elif tag == STRUCTURE:
        for _ in range(reader.length("a structure")):
            _type(reader, depth - 1, budget)
    elif tag not in NAMES:
        raise reader.wrong(f"{tag:02x} is no type of a value")


def parts_of(octets: bytes) -> tuple[bytes, ...]:
    """The values in an array or structure, each as its octets.

    Raises:
        RemoteError: the octets are not exactly one value, or it has no parts.
    """
    one_value(octets)
    reader = Reader(octets, clause=CLAUSE)
    if reader.take(1, "the type of a value")[0] not in (ARRAY, STRUCTURE):
        raise reader.wrong("not an array or a structure", 0)
    parts = []
    for _ in range(reader.length("the number of parts")):
        start = reader.at
        read_value(reader)
        parts.append(octets[start : reader.at])
    return tuple(parts)
