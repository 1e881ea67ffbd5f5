"""Where a payload is BER but not DER, and the DER that says the same.

Reference messages have such payloads: lengths in more octets than needed (``82 00 9F`` for
``81 9F``). A default that is written out is the other departure that occurs in the field.
"""

from typing import Final, NamedTuple

from firmware_sim.gbcs.errors import RemoteError

_CONSTRUCTED = 0x20
_LONG_FORM = 0x80
_HIGH_TAG = 0x1F
_MAX_LENGTH_OCTETS = 4
_MAX_DEPTH = 32
_ZERO = b"\x00"

# The values before a default that is written out, by tag: role and key usage in the name of a
# cell, key usage in what a cell contains. No certificate has such a SEQUENCE.
_CELL_USAGE_AFTER: Final = (b"\x02\x03", b"\x03")
_INTEGER: Final = 0x02
_TIME_CHECKS: Final = 0x81


class Departure(NamedTuple):
    """One place that DER has otherwise; `offset` counts from the first octet of the payload."""

    offset: int
    what: str


class _Span(NamedTuple):
    tag: int
    start: int
    content: int
    stop: int


def to_der(octets: bytes) -> tuple[bytes, list[Departure]]:
    """The values in DER, and where they were not.

    Raises:
        RemoteError: the octets are not BER of definite length; says at which octet.
    """
    if _is_der(octets, 0, len(octets), 0):
        return octets, []
    departures: list[Departure] = []
    encoded = _values(octets, 0, len(octets), departures, 0)
    return encoded, sorted(departures)


def _is_der(octets: bytes, start: int, end: int, depth: int) -> bool:
    """Whether there is nothing to rebuild, and nothing wrong: nearly every answer is so."""
    tags = b""
    while start + 2 <= end and depth <= _MAX_DEPTH:
        tag, length, content = octets[start], octets[start + 1], start + 2
        if length >= _LONG_FORM:
            content += length - _LONG_FORM
            length = int.from_bytes(octets[start + 2 : content], "big")
            if octets[start + 1 : content] != _length(length):
                return False
        stop = content + length
        if tag & _HIGH_TAG == _HIGH_TAG or stop > end:
            return False
        if length == 1 and _is_default(tags, tag, octets[content:stop]):
            return False
        if tag & _CONSTRUCTED and not _is_der(octets, content, stop, depth + 1):
            return False
        tags += octets[start : start + 1]
        start = stop
    return start == end


def _values(octets: bytes, start: int, end: int, found: list[Departure], depth: int) -> bytes:
    if depth > _MAX_DEPTH:
        raise RemoteError(f"values nest deeper than {_MAX_DEPTH}", offset=start)
    parts: list[bytes] = []
    tags = b""
    while start < end:
        span = _span(octets, start, end)
        content = octets[span.content : span.stop]
        if not _is_default(tags, span.tag, content):
            if span.tag & _CONSTRUCTED:
                content = _values(octets, span.content, span.stop, found, depth + 1)
            parts.append(_rebuilt(span, content, found))
        else:
            found.append(Departure(start, "a default value is written out"))
        tags += bytes((span.tag,))
        start = span.stop
    return b"".join(parts)


def _rebuilt(span: _Span, content: bytes, found: list[Departure]) -> bytes:
    given = span.stop - span.content
    size = span.content - span.start - 1
    excess = size - len(_length(given))
    if excess:
        what = f"a length of {given} in {size} octets, {excess} more than needed"
        found.append(Departure(span.start + 1, what))
    return bytes((span.tag,)) + _length(len(content)) + content


def _is_default(before: bytes, tag: int, content: bytes) -> bool:
    if content != _ZERO:
        return False
    return (tag == _INTEGER and before in _CELL_USAGE_AFTER) or (
        # applyTimeBasedCPVChecks stands behind the mode, and the symmetric key if there is one.
        tag == _TIME_CHECKS and before in (b"\x02", b"\x02\x80")
    )


def _span(octets: bytes, start: int, end: int) -> _Span:
    if start + 2 > end:
        raise RemoteError("a value is cut short", clause="X.690 8.1", offset=start)
    tag, length, content = octets[start], octets[start + 1], start + 2
    if tag & _HIGH_TAG == _HIGH_TAG:
        raise RemoteError("a tag of several octets", clause="X.690 8.1.2", offset=start)
    if length >= _LONG_FORM:
        count = length - _LONG_FORM
        if not 0 < count <= _MAX_LENGTH_OCTETS or content + count > end:
            raise RemoteError(
                "a length that is indefinite, or too long", clause="X.690 8.1.3", offset=start + 1
            )
        length = int.from_bytes(octets[content : content + count], "big")
        content += count
    if content + length > end:
        raise RemoteError(
            f"a length of {length}, but {end - content} octets are left",
            clause="X.690 8.1.3",
            offset=start + 1,
        )
    return _Span(tag, start, content, content + length)


def _length(length: int) -> bytes:
    if length < _LONG_FORM:
        return bytes((length,))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((_LONG_FORM | len(octets),)) + octets
