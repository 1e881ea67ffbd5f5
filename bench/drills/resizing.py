"""Certificates, messages and records of other sizes, by the codecs that make today's.

A certificate is today's with a public key and a signature of other lengths; every length around
them is encoded anew. Object identifiers stay as long as they are.
"""

from math import ceil
from typing import Final, NamedTuple

from firmware_sim.gbcs import der
from firmware_sim.gbcs.axdr import length_octets
from firmware_sim.gbcs.blocks import Block, Route
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import MAC_OCTETS
from firmware_sim.gbcs.envelope import MAC_HEADER_START, SECURITY_HEADER
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.machine.image.layout import (
    ALIGNMENT,
    COMMIT_OCTETS,
    ENTRY_HEADER_OCTETS,
    JOURNAL_START,
    MAX_CERTIFICATE_OCTETS,
)
from firmware_sim.machine.image.records import RecordKey, RecordKind

POINT: Final = 65
SCALAR: Final = 32
SIGNATURE: Final = 64
LONGEST_LENGTH: Final = 0xFFFF
"""What a length of the envelope can say, in octets."""


class KeySizes(NamedTuple):
    """Lengths in octets of one pair of algorithms.

    Attributes:
        certificate_signature: None leaves the signature of a certificate as long as it is.
        per_message: what each message with a MAC carries besides.
    """

    signing_key: int = POINT
    signing_private: int = SCALAR
    signature: int = SIGNATURE
    certificate_signature: int | None = None
    agreement_key: int = POINT
    agreement_private: int = SCALAR
    per_message: int = 0

    def public_key(self, usage: KeyUsage | None) -> int:
        """Of a key by its usage; an authority's signs certificates."""
        is_agreement = usage is KeyUsage.KEY_AGREEMENT
        return self.agreement_key if is_agreement else self.signing_key

    def private_key(self, usage: KeyUsage) -> int:
        """The same of the private half."""
        is_agreement = usage is KeyUsage.KEY_AGREEMENT
        return self.agreement_private if is_agreement else self.signing_private


TODAY: Final = KeySizes()


def resized(octets: bytes, sizes: KeySizes) -> bytes:
    """A certificate with key and signature of other lengths, all zero octets.

    Of a root, the wrapped contingency key grows with the public key in it.

    Raises:
        RemoteError: the octets are no certificate.
    """
    certificate = parse_certificate(octets)
    tbs, algorithm, signature = der.split_content(octets)
    tbs = _with(tbs, certificate.public_key, bytes(sizes.public_key(certificate.key_usage)))
    wrapped = certificate.wrapped_contingency_key
    if wrapped is not None:
        tbs = _with(tbs, wrapped, bytes(len(wrapped) + sizes.signing_key - POINT))
    if sizes.certificate_signature is not None:
        signature = der.encode(der.BitString(bytes(sizes.certificate_signature), 0))
    return der.in_sequence(tbs + algorithm + signature)


def _with(element: bytes, old: bytes, new: bytes) -> bytes:
    """An element in DER with `old` replaced wherever it is the whole of a value in it."""
    if old not in element:
        return element
    content = der.out_of_sequence(element)
    for prefix in (b"", b"\x00"):  # a BIT STRING says first how many bits are unused
        if content == prefix + old:
            return _tagged(element[0], prefix + new)
    return _tagged(element[0], b"".join(_with(each, old, new) for each in der.split(content)))


def _tagged(tag: int, content: bytes) -> bytes:
    return bytes((tag,)) + der.in_sequence(content)[1:]


def message_octets(head: Message, payload: int, sizes: KeySizes) -> int:
    """How long a protected message would be.

    Args:
        head: the message without its payload; its signature and MAC are today's.
        payload: octets of the payload. A length that the envelope cannot say counts as
            if its field had four octets.
    """
    signature = sizes.signature if head.signature else 0
    signed = len(head.signed_octets()) - 1 + _length(payload) + payload
    grouped = 1 + signed + _length(signature) + signature
    if head.mac is None:
        return grouped
    inside = len(SECURITY_HEADER) + grouped + MAC_OCTETS + sizes.per_message
    return len(MAC_HEADER_START) + _length(inside) + inside


def _length(octets: int) -> int:
    known = len(length_octets(min(octets, LONGEST_LENGTH)))
    return known if octets <= LONGEST_LENGTH else known + 1


def blocks_of(message: Message, octets: int, data: int) -> tuple[int, int]:
    """Blocks of a message of so many octets, and their octets together; one travels as it is.

    Args:
        data: octets of the message in one block.
    """
    number = ceil(octets / data)
    if number == 1:
        return 1, octets
    route, left = Route.of(message), octets - data * (number - 1)
    full = len(Block(route, 1, bytes(data), last=False, streaming=True).build())
    last = len(Block(route, 1, bytes(left), last=True, streaming=False).build())
    return number, full * (number - 1) + last


def flash_octets(records: tuple[tuple[RecordKey, bytes], ...], sizes: KeySizes) -> int:
    """Octets of an area whose first transaction holds these records, with room for other keys."""
    entries = (
        _aligned(ENTRY_HEADER_OCTETS + len(body) + _record_growth(key, body, sizes))
        for key, body in records
    )
    return JOURNAL_START + sum(entries) + COMMIT_OCTETS


def _record_growth(key: RecordKey, body: bytes, sizes: KeySizes) -> int:
    if key.kind is RecordKind.DEVICE_CERTIFICATE:
        octets = resized(_certificate(body), sizes)
        return max(0, len(octets) - MAX_CERTIFICATE_OCTETS)
    if key.kind not in _WITH_KEY:
        return 0
    usage = KeyUsage(key.number >> 4 & 0x0F)
    growth = sizes.public_key(usage) - POINT
    if key.kind is RecordKind.ROOT:
        return 2 * growth  # its own, and that of Contingency, wrapped
    if key.kind is RecordKind.DEVICE_KEY:
        return growth + sizes.private_key(usage) - SCALAR
    return growth


_WITH_KEY: Final = (RecordKind.CELL, RecordKind.ROOT, RecordKind.DEVICE_KEY)


def _certificate(body: bytes) -> bytes:
    length = int.from_bytes(body[:2], "little")
    return body[2 : 2 + length]


def _aligned(octets: int) -> int:
    return ceil(octets / ALIGNMENT) * ALIGNMENT


def longest_certificate(records: tuple[tuple[RecordKey, bytes], ...], sizes: KeySizes) -> int:
    """Octets of the longest certificate of a device's own keys."""
    own = (body for key, body in records if key.kind is RecordKind.DEVICE_CERTIFICATE)
    return max((len(resized(_certificate(body), sizes)) for body in own), default=0)
