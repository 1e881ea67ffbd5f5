"""Messages from octets: ``parse_message(octets).build() == octets`` for every one that parses.

`gbcs.envelope` describes the layout and builds, `gbcs.envelope_reader` reads it field by field.
Most messages have the same few fields, and are read here in a third of the time; a message
with other fields goes to the other reader.
"""

from struct import Struct, error
from typing import Final

from firmware_sim.gbcs.crypto import MAC_OCTETS, SIGNATURE_OCTETS
from firmware_sim.gbcs.envelope import (
    CLAUSE,
    CODE_OCTETS,
    DATE_TIME_OCTETS,
    GROUPING_TAG,
    MAC_HEADER_START,
    MAC_TAG,
    SECURITY_HEADER,
    TRANSACTION_OCTETS,
    Message,
    Supplementary,
)
from firmware_sim.gbcs.envelope_reader import read_field_by_field, read_supplementary
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import ENTITY_ID_OCTETS, CraFlag, EntityId, MessageCode

__all__ = [
    "DATE_TIME_OCTETS",
    "MAX_MESSAGE_OCTETS",
    "Message",
    "Supplementary",
    "parse_message",
]

MAX_MESSAGE_OCTETS: Final = 8192
"""A longer message is refused unread; the largest reference message has 3,986 octets."""

# From the grouping tag to the length of the date-time.
_FIXED = Struct(">HBQB8sB8sB")
_FIXED_OCTETS = _FIXED.size
_FIXED_TAGS = (GROUPING_TAG << 8 | TRANSACTION_OCTETS, ENTITY_ID_OCTETS, ENTITY_ID_OCTETS)
_CRA_FLAGS = {flag.value: flag for flag in CraFlag}
# The message code, and an identifier with no, one or two counters.
_INFORMATION_OCTETS = (2, 10, 18, 26)
# An EntityId counts its octets; here their number is known.
_new_entity = bytes.__new__


class _NotCommon(Exception):
    """Not the common layout; perhaps another message, perhaps none."""


def parse_message(octets: bytes) -> Message:
    """Read one complete message.

    Raises:
        RemoteError: over 8,192 octets, or not exactly one message in the layout of
            `firmware_sim.gbcs.envelope`; says at which octet.
    """
    if len(octets) > MAX_MESSAGE_OCTETS:
        raise RemoteError(
            f"{len(octets)} octets; a message has at most {MAX_MESSAGE_OCTETS}", clause=CLAUSE
        )
    try:
        return _read_common(octets)
    except (IndexError, KeyError, error, _NotCommon):
        pass  # what it is, or what is wrong with it, the other reader says
    return read_field_by_field(octets)


def _read_common(octets: bytes) -> Message:
    """Read a message without a certificate in its header.

    Every position is a sum of lengths, so one comparison at the end shows that all fields were
    where they should be; until then a slice may have been too short.

    Raises:
        _NotCommon, IndexError, KeyError, struct.error: it is another message, or none.
    """
    at, end, mac = 0, len(octets), None
    if octets[0] == MAC_TAG:
        at, mac = _mac_header(octets)
        end -= MAC_OCTETS
    grouped = octets[at:end]
    grouping, cra, counter, first, originator, second, target, stamp = _FIXED.unpack_from(
        octets, at
    )
    if (grouping, first, second) != _FIXED_TAGS or stamp not in (0, DATE_TIME_OCTETS):
        raise _NotCommon
    at += _FIXED_OCTETS
    code = at + stamp + 1
    date_time, information = octets[at : code - 1], octets[code - 1]
    supplementary = None
    if information != CODE_OCTETS:
        supplementary = _supplementary(octets[code : code + information], information)
    length, start = _length(octets, code + information)
    at = start + length
    is_bare = at == end and mac is None
    message = Message(
        _CRA_FLAGS[cra],
        counter,
        _new_entity(EntityId, originator),
        _new_entity(EntityId, target),
        MessageCode(octets[code] << 8 | octets[code + 1]),
        octets[start:at],
        date_time,
        supplementary,
        None if is_bare else _signature(octets, at, end),
        mac,
    )
    message._received = grouped
    return message


def _signature(octets: bytes, at: int, end: int) -> bytes:
    """The signature field, which must end the grouped octets."""
    length = octets[at]
    if length not in (0, SIGNATURE_OCTETS) or at + 1 + length != end:
        raise _NotCommon
    return octets[at + 1 : end]


def _mac_header(octets: bytes) -> tuple[int, bytes]:
    """Where the grouping header starts, and the MAC."""
    length, at = _length(octets, len(MAC_HEADER_START))
    grouping = at + len(SECURITY_HEADER)
    if (
        length != len(octets) - at
        or octets[at:grouping] != SECURITY_HEADER
        or not octets.startswith(MAC_HEADER_START)
    ):
        raise _NotCommon
    return grouping, octets[-MAC_OCTETS:]


def _length(octets: bytes, at: int) -> tuple[int, int]:
    """A length in its shortest form, and where what it counts starts."""
    first = octets[at]
    if first < 0x80:
        return first, at + 1
    if first == 0x81 and octets[at + 1] >= 0x80:
        return octets[at + 1], at + 2
    if first == 0x82 and octets[at + 1]:
        return octets[at + 1] << 8 | octets[at + 2], at + 3
    raise _NotCommon


def _supplementary(information: bytes, octets: int) -> Supplementary:
    if octets not in _INFORMATION_OCTETS or len(information) != octets:
        raise _NotCommon
    return read_supplementary(information[CODE_OCTETS:])
