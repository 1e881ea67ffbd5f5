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

from collections.abc import Callable
from dataclasses import dataclass, field
from struct import Struct
from typing import Final

from firmware_sim.gbcs.axdr import counter_octets, length_octets, prefixed
from firmware_sim.gbcs.crypto import MAC_OCTETS, SIGNATURE_OCTETS
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import ENTITY_ID_OCTETS, CraFlag, EntityId, MessageCode

CLAUSE: Final = "GBCS 7.2"
DATE_TIME_OCTETS: Final = 12
CODE_OCTETS: Final = 2
TRANSACTION_OCTETS: Final = 9
MAC_TAG: Final = 0xDD
GROUPING_TAG: Final = 0xDF
MAC_HEADER_START: Final = bytes((MAC_TAG,)) + bytes(6)
SECURITY_HEADER: Final = bytes.fromhex("1100000000")
_GROUPING = bytes((GROUPING_TAG,))
# From behind the grouping tag to the length of the date-time.
_HEAD = Struct(">BB8sB8sB8s")


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
        numbers = (_counter(value) for value in counters if value is not None)
        return b"".join((self.party, *numbers)) + bytes(self.certificate)


@dataclass(slots=True)
class Message:
    """One Command, Response or Alert: a value, of which `replace` makes another one.

    It is not frozen, because a frozen one takes four times as long to make; nothing changes it.

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
    # What `grouped_octets` returns, as it was received; a copy with other values has none.
    _received: bytes | None = field(default=None, init=False, repr=False, compare=False)

    def signed_octets(self) -> bytes:
        """What the signature covers: from the octet after DF to the end of the payload."""
        if self._received is None:
            return self._signed_values()
        behind = 0 if self.signature is None else 1 + len(self.signature)
        return self._received[1 : len(self._received) - behind]

    def grouped_octets(self) -> bytes:
        """From DF to the end of the signature field: what the MAC covers, but for its prefix."""
        return self._received or self._grouped_values()

    def _signed_values(self) -> bytes:
        extra = b"" if self.supplementary is None else self.supplementary.octets()
        information = self.code.to_bytes(CODE_OCTETS, "big") + extra
        head = _HEAD.pack(
            TRANSACTION_OCTETS,
            self.cra,
            _counter(self.counter),
            ENTITY_ID_OCTETS,
            self.originator,
            ENTITY_ID_OCTETS,
            self.target,
        )
        fields = (self.date_time, information, self.payload)
        return b"".join((head, *map(prefixed, fields)))

    def _grouped_values(self) -> bytes:
        signature = b"" if self.signature is None else prefixed(self.signature)
        return _GROUPING + self._signed_values() + signature

    def build(self) -> bytes:
        """The complete octets, from the values alone.

        Raises:
            LocalError: a field has a length that the layout does not allow.
        """
        self._check_fields()
        grouped = self._grouped_values()
        if self.mac is None:
            return grouped
        length = length_octets(len(SECURITY_HEADER) + len(grouped) + MAC_OCTETS)
        header = MAC_HEADER_START + length + SECURITY_HEADER
        return header + grouped + self.mac

    def build_signed(self, sign: Callable[[bytes], bytes]) -> bytes:
        """The complete octets of a message without a MAC, its values encoded once for both.

        Args:
            sign: makes the 64-octet signature of `signed_octets`.

        Raises:
            LocalError: as for `build`.
        """
        self._check_fields()
        signed = self.signed_octets()
        return b"".join((_GROUPING, signed, prefixed(sign(signed))))

    def _check_fields(self) -> None:
        if len(self.date_time) not in (0, DATE_TIME_OCTETS):
            raise LocalError("a date-time has 12 octets or none", clause=CLAUSE)
        if self.signature and len(self.signature) != SIGNATURE_OCTETS:
            raise LocalError("a signature has 64 octets or none", clause=CLAUSE)
        if self.mac is not None and (len(self.mac) != MAC_OCTETS or self.signature is None):
            raise LocalError("a MAC has 12 octets and follows a signature field", clause=CLAUSE)


def _counter(value: int) -> bytes:
    return counter_octets(value, clause=CLAUSE)
