"""The one door to the ASN.1 library: strict DER in, strict DER out.

Everything else in `gbcs` imports its ASN.1 vocabulary from here, because the library
module (`cryptography.hazmat.asn1`) promises no stable interface and has no ENUMERATED.
"""

from datetime import datetime
from enum import IntEnum
from typing import TypeVar

from cryptography.hazmat import asn1
from cryptography.hazmat.asn1 import TLV as Tlv
from cryptography.hazmat.asn1 import (
    BitString,
    Default,
    Explicit,
    GeneralizedTime,
    Implicit,
    Null,
    PrintableString,
    SetOf,
    UTCTime,
    sequence,
)
from cryptography.x509 import ObjectIdentifier

from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.roles import CellUsage, KeyUsage, RemotePartyRole

__all__ = [
    "BitString",
    "Default",
    "Explicit",
    "GeneralizedTime",
    "Implicit",
    "Null",
    "ObjectIdentifier",
    "PrintableString",
    "SetOf",
    "Tlv",
    "UTCTime",
    "bit_string",
    "decode",
    "encode",
    "enumerated",
    "explicit",
    "in_sequence",
    "integer",
    "key_usage_bits",
    "minimal_lengths",
    "moment",
    "named_bits",
    "named_integer",
    "octet_string",
    "octets_of",
    "out_of_sequence",
    "read_enumerated",
    "read_key_usage",
    "read_named_bits",
    "sequence",
    "split",
    "split_content",
    "split_first",
    "tlv",
]

T = TypeVar("T")
IntEnumType = TypeVar("IntEnumType", bound=IntEnum)

_BIT_STRING_TAG = b"\x03"
_OCTET_STRING_TAG = b"\x04"
_ENUMERATED_TAG = b"\x0a"
_INTEGER = 0x02
_LONG_FORM = 0x80
_CONSTRUCTED = 0x20
_CONTEXT_CONSTRUCTED = 0xA0
_HIGH_TAG = 0x1F
_MAX_LENGTH_OCTETS = 4
_MAX_DEPTH = 32


def decode(schema: type[T], octets: bytes, *, what: str) -> T:
    """Decode one complete DER value.

    Args:
        schema: a class made with `sequence`, or one of the types re-exported here.
        octets: exactly one value; trailing octets are an error.
        what: name of the value in the error text, e.g. ``"CS02b command"``.

    Raises:
        RemoteError: the octets are not that value in DER.
    """
    try:
        return asn1.decode_der(schema, octets)
    except ValueError as error:
        detail = str(error).removeprefix("error parsing asn1 value: ")
        raise RemoteError(
            f"{what} is not valid DER: {detail}", clause="X.690", octets=octets
        ) from error


def encode(value: object) -> bytes:
    """Encode a value built from a `sequence` class.

    Raises:
        LocalError: the value does not fit its schema.
    """
    try:
        return asn1.encode_der(value)
    except (ValueError, TypeError) as error:
        raise LocalError(f"cannot encode {type(value).__name__}: {error}") from error


def integer(value: int) -> bytes:
    """An INTEGER that is not negative, as `encode` makes it and in a third of its time."""
    octets = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return bytes((_INTEGER, len(octets))) + octets


def octet_string(octets: bytes) -> bytes:
    """An OCTET STRING, as `encode` makes it."""
    return _OCTET_STRING_TAG + _length(len(octets)) + octets


def bit_string(octets: bytes) -> bytes:
    """A BIT STRING of whole octets, as `encode` makes it."""
    return _BIT_STRING_TAG + _length(1 + len(octets)) + b"\0" + octets


def tlv(octets: bytes, *, what: str) -> Tlv:
    """Wrap the octets of one complete DER value, whose content is not looked at."""
    return decode(Tlv, octets, what=what)


def octets_of(element: Tlv) -> bytes:
    """The complete octets (tag, length, content) of an element that was decoded."""
    return asn1.encode_der(element)


def enumerated(value: int) -> Tlv:
    """An ENUMERATED of one content octet; `value` is 0..127."""
    return _ENUMERATED[value]


_ENUMERATED = [asn1.decode_der(Tlv, bytes((0x0A, 1, value))) for value in range(_LONG_FORM)]


def read_enumerated(element: Tlv, *, what: str) -> int:
    """The value of an ENUMERATED of one octet, 0..127.

    Raises:
        RemoteError: another tag, another length, or a negative value.
    """
    content = bytes(element.data)
    if element.tag_bytes != _ENUMERATED_TAG or len(content) != 1 or content[0] >= _LONG_FORM:
        raise RemoteError(
            f"{what} is not an ENUMERATED of one octet", clause="X.690 8.4", octets=content
        )
    return content[0]


def named_integer(enum_class: type[IntEnumType]) -> type[IntEnumType]:
    """Let an IntEnum stand for an INTEGER in a schema; a value without a name does not decode."""
    return asn1.value_set(int)(enum_class)


named_integer(RemotePartyRole)
named_integer(CellUsage)

_KEY_USAGE_BITS = {
    KeyUsage.DIGITAL_SIGNATURE: BitString(b"\x80", 7),
    KeyUsage.KEY_AGREEMENT: BitString(b"\x08", 3),
    KeyUsage.KEY_CERT_SIGN: BitString(b"\x04", 2),
}
_KEY_USAGES = {
    (bits.as_bytes(), bits.padding_bits()): usage for usage, bits in _KEY_USAGE_BITS.items()
}


def key_usage_bits(usage: KeyUsage) -> BitString:
    """KeyUsage as a BIT STRING with that one bit set and no trailing zero bits."""
    return _KEY_USAGE_BITS[usage]


def read_key_usage(bits: BitString, *, what: str) -> KeyUsage:
    """The one usage that a KeyUsage BIT STRING states.

    Raises:
        RemoteError: no usage, several, or one that no Trust Anchor Cell has.
    """
    try:
        return _KEY_USAGES[bits.as_bytes(), bits.padding_bits()]
    except KeyError:
        raise RemoteError(
            f"{what} is not one of digitalSignature, keyAgreement, keyCertSign",
            clause="RFC 5280 4.2.1.3",
            octets=bits.as_bytes(),
        ) from None


def named_bits(numbers: frozenset[int]) -> BitString:
    """A BIT STRING with these bits set and no trailing zero bits (X.690 11.2.2)."""
    last = max(numbers, default=-1)
    count = last // 8 + 1
    value = sum(1 << count * 8 - 1 - bit for bit in numbers)
    return BitString(value.to_bytes(count, "big"), count * 8 - 1 - last)


def read_named_bits(bits: BitString, *, what: str) -> frozenset[int]:
    """Numbers of the bits that are set.

    Raises:
        RemoteError: there are trailing zero bits, which DER forbids.
    """
    octets, count = bits.as_bytes(), len(bits.as_bytes()) * 8 - bits.padding_bits()
    numbers = frozenset(n for n in range(count) if octets[n // 8] & 0x80 >> n % 8)
    if count and count - 1 not in numbers:
        raise RemoteError(f"{what} has trailing zero bits", clause="X.690 11.2.2", octets=octets)
    return numbers


def moment(time: GeneralizedTime | UTCTime, *, what: str) -> datetime:
    """The aware moment in UTC that a decoded time states.

    Raises:
        RemoteError: it has a fraction of a second, which DER allows and no profile of it here does.
    """
    at = time.as_datetime()
    if at.microsecond:
        raise RemoteError(f"{what} has a fraction of a second", clause="RFC 5280 4.1.2.5.2")
    return at


def in_sequence(octets: bytes) -> bytes:
    """The octets as content of a SEQUENCE.

    The library decodes no bare SEQUENCE OF; as the only field of a `sequence` class it does.
    """
    return b"\x30" + _length(len(octets)) + octets


def explicit(number: int, octets: bytes) -> bytes:
    """One value under the explicit context tag `number`, 0 to 30."""
    return bytes((_CONTEXT_CONSTRUCTED | number,)) + _length(len(octets)) + octets


def out_of_sequence(octets: bytes) -> bytes:
    """Inverse of `in_sequence`."""
    content, stop = _content_span(octets, 0, len(octets))
    return octets[content:stop]


def split_first(octets: bytes) -> tuple[bytes, bytes]:
    """The first value inside a SEQUENCE, and the octets of the others.

    Raises:
        RemoteError: not one SEQUENCE with at least one value, lengths in their shortest form.
    """
    content, stop = _content_span(octets, 0, len(octets))
    _, first = _content_span(octets, content, stop)
    if octets[:content] != b"\x30" + _length(stop - content) or stop != len(octets):
        raise RemoteError("not a single SEQUENCE in DER", clause="X.690 10.1", offset=0)
    return octets[content:first], octets[first:]


def split(octets: bytes, start: int = 0) -> list[bytes]:
    """Cut values that follow each other, from `start` to the end, into one element each.

    Nothing is decoded: for a reader that knows values by their octets.

    Raises:
        RemoteError: a length is not DER or runs past the end, or a tag has several octets.
    """
    parts: list[bytes] = []
    end = len(octets)
    while start < end:
        if start + 2 > end or octets[start] & _HIGH_TAG == _HIGH_TAG:
            raise RemoteError("a value is cut short, or its tag is long", offset=start)
        length = octets[start + 1]
        stop = start + 2 + length
        if length >= _LONG_FORM:
            count = length - _LONG_FORM
            content = start + 2 + count
            size = octets[start + 2 : content]
            stop = content + int.from_bytes(size, "big")
            # The shortest form: two octets or more start with a value, one is past the short form.
            if not 0 < count <= _MAX_LENGTH_OCTETS or size < (b"\x80" if count == 1 else b"\x01"):
                raise RemoteError("a length is not DER", clause="X.690 10.1", offset=start)
        if stop > end:
            raise RemoteError("a length runs past its value", clause="X.690 8.1", offset=start)
        parts.append(octets[start:stop])
        start = stop
    return parts


def split_content(element: bytes) -> list[bytes]:
    """`split` for the content of one element that `split` has cut."""
    first = element[1]
    return split(element, 2 if first < _LONG_FORM else 2 + first - _LONG_FORM)


def minimal_lengths(octets: bytes) -> bytes:
    """The same values with every length in its shortest form, as DER requires.

    Reference messages carry ``82 00 9F`` where DER has ``81 9F``: a verifier tolerates it
    by comparing both sides in this form. Primitive contents are copied as they are.

    Raises:
        RemoteError: a length runs past the end, is indefinite, or values nest beyond 32.
    """
    return _minimal(octets, 0, len(octets), 0)


def _minimal(octets: bytes, start: int, end: int, depth: int) -> bytes:
    if depth > _MAX_DEPTH:
        raise RemoteError(f"values nest deeper than {_MAX_DEPTH}", offset=start)
    parts: list[bytes] = []
    while start < end:
        content, stop = _content_span(octets, start, end)
        body = octets[content:stop]
        if octets[start] & _CONSTRUCTED:
            body = _minimal(octets, content, stop, depth + 1)
        parts += (octets[start : start + 1], _length(len(body)), body)
        start = stop
    return b"".join(parts)


def _content_span(octets: bytes, start: int, end: int) -> tuple[int, int]:
    content = start + 2
    if content > end:
        raise RemoteError("a value is cut short", clause="X.690 8.1", offset=start)
    length = octets[start + 1]
    if length >= _LONG_FORM:
        count = length - _LONG_FORM
        if not 0 < count <= _MAX_LENGTH_OCTETS:
            raise RemoteError("indefinite or absurd length", clause="X.690 8.1.3", offset=start)
        length = int.from_bytes(octets[content : content + count], "big")
        content += count
    if content + length > end:
        raise RemoteError("a length runs past its value", clause="X.690 8.1", offset=start)
    return content, content + length


def _length(length: int) -> bytes:
    if length < _LONG_FORM:
        return bytes((length,))
    if 0xFF < length <= 0xFFFF:  # of nearly all payloads, so without a loop over their octets
        return b"\x82" + length.to_bytes(2, "big")
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((_LONG_FORM | len(octets),)) + octets
