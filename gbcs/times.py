"""Dates on the wire: the 12-octet DLMS date-time of a header, and a Device's own clock reading."""

from datetime import UTC, datetime
from functools import lru_cache

from firmware_sim.gbcs.errors import RemoteError

NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""99991231235959Z: in an executionDateTime it cancels; as notAfter it means no expiry."""

_UNSPECIFIED_DEVIATION = b"\x80\x00"
_ANY_WEEKDAY = 0xFF
_NO_HUNDREDTHS = 0x00
_CACHED_MOMENTS = 64  # a clock that stands still shows a fleet the same one


@lru_cache(_CACHED_MOMENTS)
def encode_date_time(at: datetime, clock_status: int) -> bytes:
    """12 octets: year (2, big-endian), month, day, weekday FF, time, deviation 8000, status.

    Args:
        at: aware, in UTC; fractions of a second are dropped.
        clock_status: 0x00 if the clock is reliable; bit 0 invalid, bit 1 doubtful
            (Blue Book, date-time).
    """
    at = at.astimezone(UTC)
    day = bytes((at.month, at.day, _ANY_WEEKDAY, at.hour, at.minute, at.second, _NO_HUNDREDTHS))
    return at.year.to_bytes(2, "big") + day + _UNSPECIFIED_DEVIATION + bytes((clock_status,))


def decode_date_time(octets: bytes) -> tuple[datetime, int]:
    """Inverse of `encode_date_time`: the time in UTC and the clock status octet.

    Raises:
        RemoteError: not 12 octets, or not a date.
    """
    if len(octets) != 12:
        raise RemoteError("a date-time has 12 octets", clause="DLMS date-time", octets=octets)
    year = int.from_bytes(octets[:2], "big")
    month, day, _weekday, hour, minute, second = octets[2:8]
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC), octets[11]
    except ValueError as error:
        raise RemoteError(f"not a date: {error}", clause="DLMS date-time", octets=octets) from error
