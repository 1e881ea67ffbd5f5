"""The message envelope: MAC header, grouping header, content, signature, MAC.

Layout (GBCS 7.2; lengths are A-XDR: one octet below 0x80, then ``81 xx`` or ``82 hh ll``)::

    DD 00*6 <length> 11 00*4           MAC header, only if there is a MAC
    DF 09 <CRA><counter 8>             grouping header
       08 <originator> 08 <target>
       00 | 0C <date-time 12>
       <length> <code 2> [supplementary fields]
    <length> <payload>
    00 | 40 <r 32><s 32>               signature field; absent in a Pre-Command
    <MAC 12>

Lengths must be in their shortest form, so octets and values correspond one to one:
``parse_message(octets).build() == octets`` for every message that parses.
"""

from dataclasses import dataclass
from typing import Final

from gbcs.crypto import MAC_OCTETS, SIGNATURE_OCTETS
from gbcs.errors import LocalError, RemoteError
from gbcs.identifiers import ENTITY_ID_OCTETS, CraFlag, EntityId, MessageCode

MAX_MESSAGE_OCTETS: Final = 8192
"""A longer message is refused unread; the largest reference message has 3,986 octets."""

DATE_TIME_OCTETS: Final = 12

_CLAUSE = "GBCS 7.2"
_MAC_TAG = 0xDD
_GROUPING_TAG = 0xDF
_MAC_HEADER_FIELDS = bytes(6)
_SECURITY_HEADER = bytes.fromhex("1100000000")
_TRANSACTION_OCTETS = 9
_COUNTER_OCTETS = 8
_CODE_OCTETS = 2
_SHORT_LENGTH = 0x80
_MAX_LENGTH_OCTETS = 2


@dataclass(frozen=True, slots=True)
class Supplementary:
    """The real user behind a message that the Access Control Broker originates.

    `counter` may be absent; after it comes either the supplementary originator counter or
    that party's key agreement certificate (DER), never both.
    """

    party: EntityId
    counter: int | None = None
    originator_counter: int | None = None
    certificate: bytes = b""

    def octets(self) -> bytes:
        """The fields as they follow the message code."""
        counters = (self.counter, self.originator_counter)
        return b"".join(
            (self.party, *(_counter(value) for value in counters if value is not None))
        ) + bytes(self.certificate)


@dataclass(frozen=True, slots=True)
class Message:
    """One Command, Response or Alert.

    Attributes:
        counter: Originator Counter, 0 to 2**64 - 1.
        date_time: empty, or a 12-octet DLMS date-time.
        signature: 64 octets r || s; empty if the field is there and empty;
            None in a Pre-Command, which has no signature field.
        mac: 12 octets, or None if the message carries no MAC.
    """

    cra: CraFlag
    counter: int
    originator: EntityId
    target: EntityId
    code: MessageCode
    payload: bytes
    date_time: bytes = b""
    supplementary: Supplementary | None = None
    signature: bytes | None = b""
    mac: bytes | None = None

    def signed_octets(self) -> bytes:
        """What the signature covers: from the octet after DF to the end of the payload."""
        extra = b"" if self.supplementary is None else self.supplementary.octets()
        information = self.code.to_bytes(_CODE_OCTETS, "big") + extra
        return b"".join(
            (
                bytes((_TRANSACTION_OCTETS, self.cra)),
                _counter(self.counter),
                _prefixed(self.originator),
                _prefixed(self.target),
                _prefixed(self.date_time),
                _prefixed(information),
                _prefixed(self.payload),
            )
        )

    def grouped_octets(self) -> bytes:
        """From DF to the end of the signature field: what the MAC covers, but for its prefix."""
        signature = b"" if self.signature is None else _prefixed(self.signature)
        return bytes((_GROUPING_TAG,)) + self.signed_octets() + signature

    def build(self) -> bytes:
        """The complete octets.

        Raises:
            LocalError: a field has a length that the layout does not allow.
        """
        self._check_fields()
        grouped = self.grouped_octets()
        if self.mac is None:
            return grouped
        length = _length(len(_SECURITY_HEADER) + len(grouped) + MAC_OCTETS)
        header = bytes((_MAC_TAG,)) + _MAC_HEADER_FIELDS + length + _SECURITY_HEADER
        return header + grouped + self.mac

    def _check_fields(self) -> None:
        if len(self.date_time) not in (0, DATE_TIME_OCTETS):
            raise LocalError("a date-time has 12 octets or none", clause=_CLAUSE)
        if self.signature and len(self.signature) != SIGNATURE_OCTETS:
            raise LocalError("a signature has 64 octets or none", clause=_CLAUSE)
        if self.mac is not None and (len(self.mac) != MAC_OCTETS or self.signature is None):
            raise LocalError("a MAC has 12 octets and follows a signature field", clause=_CLAUSE)


def parse_message(octets: bytes) -> Message:
    """Read one complete message.

    Raises:
        RemoteError: over 8,192 octets, or not exactly one message in the layout above;
            says at which octet.
    """
    if len(octets) > MAX_MESSAGE_OCTETS:
        raise RemoteError(
            f"{len(octets)} octets; a message has at most {MAX_MESSAGE_OCTETS}", clause=_CLAUSE
        )
    reader = _Reader(octets)
    mac = reader.mac_header()
    reader.expect(bytes((_GROUPING_TAG, _TRANSACTION_OCTETS)), "the grouping header")
    cra = reader.cra()
    counter = int.from_bytes(reader.take(_COUNTER_OCTETS, "the Originator Counter"), "big")
    originator = reader.entity("the originator")
    target = reader.entity("the target")
    date_time = reader.date_time()
    code, supplementary = reader.information()
    payload = reader.counted("the payload")
    signature = reader.signature(may_be_absent=mac is None)
    if reader.at != reader.end:
        raise reader.wrong("octets follow the message")
    return Message(
        cra, counter, originator, target, code, payload, date_time, supplementary, signature, mac
    )


class _Reader:
    """A position in the octets of one message."""

    __slots__ = ("at", "end", "octets")

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.at = 0
        self.end = len(octets)

    def wrong(self, reason: str, at: int | None = None) -> RemoteError:
        return RemoteError(reason, clause=_CLAUSE, offset=self.at if at is None else at)

    def take(self, count: int, what: str) -> bytes:
        stop = self.at + count
        if stop > self.end:
            raise self.wrong(f"{what} is cut short")
        taken = self.octets[self.at : stop]
        self.at = stop
        return taken

    def expect(self, expected: bytes, what: str) -> None:
        start = self.at
        if self.take(len(expected), what) != expected:
            raise self.wrong(f"{what} does not start with {expected.hex()}", start)

    def length(self, what: str) -> int:
        start = self.at
        first = self.take(1, what)[0]
        if first < _SHORT_LENGTH:
            return first
        count = first - _SHORT_LENGTH
        if not 0 < count <= _MAX_LENGTH_OCTETS:
            raise self.wrong(f"the length of {what} has {count} octets", start)
        length = int.from_bytes(self.take(count, what), "big")
        if self.octets[start : self.at] != _length(length):
            raise self.wrong(f"the length of {what} is not in its shortest form", start)
        return length

    def counted(self, what: str) -> bytes:
        return self.take(self.length(what), what)

    def mac_header(self) -> bytes | None:
        """Step over the MAC header, and set the MAC aside; None if there is no MAC header."""
        if self.octets[:1] != bytes((_MAC_TAG,)):
            return None
        if self.octets[1:2] == bytes((_TRANSACTION_OCTETS,)):
            raise self.wrong("a General Block Transfer block, not a whole message")
        self.expect(bytes((_MAC_TAG,)) + _MAC_HEADER_FIELDS, "the MAC header")
        length = self.length("the MAC header")
        if length != self.end - self.at or length < len(_SECURITY_HEADER) + MAC_OCTETS:
            raise self.wrong(f"the MAC header announces {length} octets, not what follows")
        self.expect(_SECURITY_HEADER, "the security header")
        self.end -= MAC_OCTETS
        return self.octets[self.end :]

    def cra(self) -> CraFlag:
        start = self.at
        value = self.take(1, "the CRA flag")[0]
        try:
            return CraFlag(value)
        except ValueError:
            raise self.wrong(f"{value} is not a CRA flag", start) from None

    def entity(self, what: str) -> EntityId:
        self.expect(bytes((ENTITY_ID_OCTETS,)), what)
        return EntityId(self.take(ENTITY_ID_OCTETS, what))

    def date_time(self) -> bytes:
        start = self.at
        date_time = self.counted("the date-time")
        if len(date_time) not in (0, DATE_TIME_OCTETS):
            raise self.wrong("a date-time has 12 octets or none", start)
        return date_time

    def information(self) -> tuple[MessageCode, Supplementary | None]:
        start = self.at
        information = self.counted("the other information")
        code = MessageCode(int.from_bytes(information[:_CODE_OCTETS], "big"))
        extra = information[_CODE_OCTETS:]
        if not extra and len(information) == _CODE_OCTETS:
            return code, None
        # An identifier alone, one counter, two counters, or one counter and a certificate.
        if len(extra) not in (8, 16, 24) and not (len(extra) > 24 and extra[16] == 0x30):
            raise self.wrong("the other information has no such length", start)
        return code, _supplementary(extra)

    def signature(self, *, may_be_absent: bool) -> bytes | None:
        if self.at == self.end and may_be_absent:
            return None
        start = self.at
        signature = self.counted("the signature")
        if len(signature) not in (0, SIGNATURE_OCTETS):
            raise self.wrong("a signature has 64 octets or none", start)
        return signature


def _supplementary(extra: bytes) -> Supplementary:
    party = EntityId(extra[:8])
    counter = int.from_bytes(extra[8:16], "big") if len(extra) > 8 else None
    if len(extra) > 24:
        return Supplementary(party, counter, certificate=extra[16:])
    second = int.from_bytes(extra[16:], "big") if len(extra) > 16 else None
    return Supplementary(party, counter, second)


def _counter(value: int) -> bytes:
    try:
        return value.to_bytes(_COUNTER_OCTETS, "big")
    except OverflowError:
        raise LocalError(f"{value} is not a counter of 8 octets", clause=_CLAUSE) from None


def _length(length: int) -> bytes:
    if length < _SHORT_LENGTH:
        return bytes((length,))
    octets = length.to_bytes(1 if length < 256 else _MAX_LENGTH_OCTETS, "big")
    return bytes((_SHORT_LENGTH + len(octets),)) + octets


def _prefixed(octets: bytes) -> bytes:
    return _length(len(octets)) + octets
