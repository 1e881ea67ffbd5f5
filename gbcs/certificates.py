"""SMKI certificates as a Device meets them: strict DER in, typed fields out.

Parsing settles structure only; it cuts by hand what `certificate_fields.CertificateFields`
describes, because a Device meets nine certificates in a command, and tests hold both against
each other. Whether a certificate fits its profile is
`firmware_sim.gbcs.certificate_profiles`; whether it can be trusted is `firmware_sim.gbcs.path`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from firmware_sim.gbcs import der
from firmware_sim.gbcs.certificate_extensions import Extensions, read_extensions
from firmware_sim.gbcs.certificate_fields import PUBLIC_KEY_PREFIX, SIGNATURE_ALGORITHM, Validity
from firmware_sim.gbcs.crypto import POINT_OCTETS, SCALAR_OCTETS
from firmware_sim.gbcs.distinguished_name import Name, parse_name
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole

MAX_CERTIFICATE_OCTETS = 2048
"""Longer certificates are refused unread; the reference set's largest has 501 octets."""

CRL_SIGN_BIT = 6
"""The KeyUsage bit that an authority may have beside keyCertSign."""

_CERTIFICATE_PARTS = 3
_TBS_PARTS = 8
_VERSION_3 = bytes.fromhex("a003020102")
_SEQUENCE = 0x30
_EXTENSIONS = 0xA3
_INTEGER = 0x02
_BIT_STRING = 0x03
_UNCOMPRESSED = 0x04
_LONG_FORM = 0x80
_CACHED_VALUES = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """One certificate, parsed. Two are equal when their octets are.

    Attributes:
        octets: the exact DER.
        tbs: the exact octets that the issuer signed.
        signature: r || s, 64 octets; empty, so that nothing verifies it, if the signature
            value is not a DER pair of integers of at most 32 octets.
        public_key: the uncompressed point, 65 octets; not checked to lie on the curve.
        key_identifier: subjectKeyIdentifier, empty if absent; 8 octets in a conforming one.
        details: what the other extensions say.
    """

    octets: bytes
    tbs: bytes
    signature: bytes
    serial: int
    issuer: Name
    subject: Name
    not_before: datetime
    not_after: datetime
    public_key: bytes
    key_identifier: bytes
    details: Extensions

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.octets == other.octets

    def __hash__(self) -> int:
        return hash(self.octets)

    def __repr__(self) -> str:
        subject = self.device_entity_id if self.subject.is_empty else self.subject
        return f"Certificate({subject}, key {self.key_identifier.hex()})"

    @property
    def extensions(self) -> Mapping[str, bool]:
        """Criticality of every extension, by dotted object identifier."""
        return self.details.criticality

    @property
    def unknown_critical(self) -> tuple[str, ...]:
        """Critical extensions that are not understood here: a verifier must refuse."""
        return self.details.unknown_critical

    @property
    def authority_key_identifier(self) -> bytes | None:
        """Key identifier of the issuer, None if absent."""
        return self.details.authority_key_identifier

    @property
    def key_usages(self) -> frozenset[int]:
        """Numbers of the KeyUsage bits that are set (RFC 5280 4.2.1.3)."""
        return self.details.key_usages

    @property
    def is_ca(self) -> bool:
        """Whether basicConstraints say so."""
        return self.details.is_ca

    @property
    def path_length(self) -> int | None:
        """How many authorities may follow, None without limit."""
        return self.details.path_length

    @property
    def policies(self) -> tuple[str, ...]:
        """Dotted object identifiers of the certificate policies."""
        return self.details.policies

    @property
    def device_entity_id(self) -> EntityId | None:
        """Serial number in the SubjectAltName of a Device Certificate."""
        return self.details.device_entity_id

    @property
    def wrapped_contingency_key(self) -> bytes | None:
        """ApexContingencyKey in DER, not looked at."""
        return self.details.wrapped_contingency_key

    @property
    def key_usage(self) -> KeyUsage | None:
        """The one usage, or None if there are several or one that no cell has."""
        return _single_usage(self.key_usages)

    def serves(self, usage: KeyUsage) -> bool:
        """Whether the key may be held for `usage`: exactly that, a CA's may also sign CRLs."""
        if usage is KeyUsage.KEY_CERT_SIGN:
            return usage.value in self.key_usages and self.key_usages <= _CA_USAGES
        return self.key_usage is usage

    @property
    def subject_role(self) -> RemotePartyRole | int | None:
        """The Remote Party Role in the subject's OU."""
        return self.subject.role

    @property
    def subject_unique_id(self) -> EntityId | None:
        """The EUI-64 in the subject's x500UniqueIdentifier."""
        return self.subject.unique_identifier

    @property
    def is_self_issued(self) -> bool:
        """Whether issuer and subject are the same name."""
        return not self.subject.is_empty and self.issuer.matches(self.subject)


def parse_certificate(octets: bytes) -> Certificate:
    """Read one certificate of at most 2048 octets.

    Raises:
        RemoteError: not DER, not version 3, not ECDSA with SHA-256 over P-256, or an
            extension that is repeated or malformed.
    """
    if len(octets) > MAX_CERTIFICATE_OCTETS:
        raise RemoteError(
            f"a certificate has at most {MAX_CERTIFICATE_OCTETS} octets, not {len(octets)}"
        )
    whole = der.split(octets)
    parts = der.split_content(octets) if len(whole) == 1 else []
    if len(parts) != _CERTIFICATE_PARTS or (octets[0], parts[0][0]) != (_SEQUENCE, _SEQUENCE):
        raise RemoteError("not a certificate", clause="RFC 5280 4.1", octets=octets)
    tbs, outer, signature = parts
    parts = der.split_content(tbs)
    if parts[:1] != [_VERSION_3]:
        raise RemoteError("a certificate is not version 3", clause="RFC 5280 4.1.2.1")
    if len(parts) != _TBS_PARTS:
        raise RemoteError(
            f"a certificate has {len(parts)} elements, not {_TBS_PARTS}: one is missing, or is one "
            "that SMKI does not use, such as issuerUniqueID",
            clause="RFC 5280 4.1",
        )
    _, serial, inner, issuer, validity, subject, key, extensions = parts
    if inner != SIGNATURE_ALGORITHM or outer != SIGNATURE_ALGORITHM:
        raise RemoteError("a certificate is not signed by ECDSA with SHA-256", clause="RFC 5759 3")
    key_identifier, details = read_extensions(_extension_elements(extensions))
    not_before, not_after = _validity(validity)
    return Certificate(
        octets=octets,
        tbs=tbs,
        signature=_raw_signature(signature),
        serial=_integer(serial),
        issuer=parse_name(issuer),
        subject=parse_name(subject),
        not_before=not_before,
        not_after=not_after,
        public_key=point_of_key_info(key),
        key_identifier=key_identifier,
        details=details,
    )


def point_of_key_info(octets: bytes) -> bytes:
    """The 65-octet point in a SubjectPublicKeyInfo, not checked to lie on the curve.

    Raises:
        RemoteError: another algorithm, curve or point format (GBCS 12: P-256, uncompressed).
    """
    point = octets[len(PUBLIC_KEY_PREFIX) :]
    # The prefix settles every length and identifier, so comparing it is decoding it.
    if not octets.startswith(PUBLIC_KEY_PREFIX) or len(point) != POINT_OCTETS:
        raise RemoteError("a public key is not a P-256 point", clause="RFC 5480 2", octets=octets)
    if point[0] != _UNCOMPRESSED:
        raise RemoteError("a public key is not an uncompressed point", clause="RFC 5480 2.2")
    return point


@lru_cache(_CACHED_VALUES)
def _validity(octets: bytes) -> tuple[datetime, datetime]:
    validity = der.decode(Validity, octets, what="validity")
    return (
        der.moment(validity.not_before, what="notBefore"),
        der.moment(validity.not_after, what="notAfter"),
    )


def _extension_elements(element: bytes) -> list[bytes]:
    if element[0] == _EXTENSIONS:
        inside = der.split_content(element)
        if len(inside) == 1 and inside[0][0] == _SEQUENCE:
            return der.split_content(inside[0])
    raise RemoteError("a certificate has no extensions", clause="RFC 5280 4.1.2.9")


def _integer(element: bytes) -> int:
    content = element[2:]
    is_padded = len(content) > 1 and content[0] in (0x00, 0xFF) and content[0] ^ content[1] < 0x80
    # 02 81 80 starts one of 128 octets: its length octets are no content.
    is_short = element[1] == len(content) < _LONG_FORM
    if element[0] != _INTEGER or not is_short or not content or is_padded:
        raise RemoteError("not an INTEGER in DER", clause="X.690 8.3", octets=element)
    return int.from_bytes(content, "big", signed=True)


def _raw_signature(element: bytes) -> bytes:
    content = element[2:]
    if element[0] != _BIT_STRING or element[1] != len(content) or content[:1] != b"\x00":
        raise RemoteError("a signature is not whole octets", clause="RFC 5480 A", octets=element)
    # The BIT STRING's content is no part of the certificate's own structure: published Device
    # Certificates have non-minimal integers in it. Their keys can be used, nothing trusts them.
    try:
        (pair,) = der.split(content, 1)
        first, second = der.split_content(pair)
        r, s = _integer(first), _integer(second)
        raw = r.to_bytes(SCALAR_OCTETS, "big") + s.to_bytes(SCALAR_OCTETS, "big")
    except (RemoteError, ValueError, OverflowError):
        return b""
    return raw if pair[0] == _SEQUENCE else b""


@lru_cache(_CACHED_VALUES)
def _single_usage(usages: frozenset[int]) -> KeyUsage | None:
    if len(usages) != 1:
        return None
    return _USAGES.get(next(iter(usages)))


_USAGES = {usage.value: usage for usage in KeyUsage}
_CA_USAGES = frozenset({KeyUsage.KEY_CERT_SIGN.value, CRL_SIGN_BIT})
