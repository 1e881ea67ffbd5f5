"""The records of a ZCL answer to a read: which attribute, its status, and its value as octets."""

from typing import Final, NamedTuple

from firmware_sim.gbcs.axdr import Reader
from firmware_sim.gbcs.zcl import ZclStatus, number_at

CLAUSE: Final = "ZCL 2.5.2, 2.6.2"

_FIXED = {
    **{0x08 + count - 1: count for count in range(1, 9)},
    0x10: 1,
    **{0x18 + count - 1: count for count in range(1, 9)},
    **{0x20 + count - 1: count for count in range(1, 9)},
    **{0x28 + count - 1: count for count in range(1, 9)},
    0x30: 1,
    0x31: 2,
    0xE0: 4,
    0xE1: 4,
    0xE2: 4,
    0xF0: 8,
}
"""Octets of a value by its type: data, boolean, bitmaps, numbers, enumerations, times, address."""
_SHORT_STRINGS, _LONG_STRINGS = (0x41, 0x42), (0x43, 0x44)


class AttributeRecord(NamedTuple):
    """One attribute in an answer; `data` is its type and value, empty if the read failed."""

    attribute: int
    status: int
    data: bytes


def read_records(content: bytes) -> tuple[AttributeRecord, ...]:
    """The records in the content of an answer.

    Raises:
        RemoteError: one is cut short, or of a type that has no known length.
    """
    reader = Reader(content, clause=CLAUSE)
    records = []
    while reader.at < reader.end:
        attribute = number_at(reader.take(2, "an attribute"), 0, 2)
        status = reader.number(1, "a status")
        data = _value(reader) if status == ZclStatus.SUCCESS else b""
        records.append(AttributeRecord(attribute, status, data))
    return tuple(records)


def one_attribute(octets: bytes) -> bytes:
    """The octets, if they are exactly one type and value; RemoteError if not."""
    reader = Reader(octets, clause=CLAUSE)
    value = _value(reader)
    reader.finish()
    return value


def _value(reader: Reader) -> bytes:
    start = reader.at
    kind = reader.number(1, "a type")
    if kind in _SHORT_STRINGS:
        reader.take(reader.number(1, "a length"), "a string")
    elif kind in _LONG_STRINGS:
        reader.take(number_at(reader.take(2, "a length"), 0, 2), "a string")
    elif kind in _FIXED:
        reader.take(_FIXED[kind], "a value")
    else:
        raise reader.wrong(f"{kind:02x} is no type of a value", start)
    return reader.octets[start : reader.at]
