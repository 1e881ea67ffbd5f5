"""SMKI certificates as a Device meets them: strict DER in, typed fields out.

Parsing settles structure only. Whether a certificate fits its profile is
`gbcs.certificate_profiles`; whether it can be trusted is `gbcs.path`.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from gbcs import certificate_extensions as ext
from gbcs import der
from gbcs.certificate_fields import (
    PUBLIC_KEY_PREFIX,
    SIGNATURE_ALGORITHM,
    CertificateFields,
    EcdsaSignature,
    Validity,
)
from gbcs.crypto import POINT_OCTETS, SCALAR_OCTETS
from gbcs.distinguished_name import Name, parse_name
from gbcs.errors import RemoteError
from gbcs.identifiers import EntityId
from gbcs.roles import KeyUsage, RemotePartyRole

MAX_CERTIFICATE_OCTETS = 2048
"""Longer certificates are refused unread; the reference set's largest has 501 octets."""

CRL_SIGN_BIT = 6

_VERSION_3 = 2
_UNCOMPRESSED = 0x04
_LONG_FORM = 0x80
_CERTIFICATE_TAGS = b"\x30\x30"
_TBS_TAGS = b"\xa0\x02\x30\x30\x30\x30\x30\xa3"
_CACHED_VALUES = 1024


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate, parsed. Two are equal when their octets are.

    Attributes:
        octets: the exact DER.
        tbs: the exact octets that the issuer signed.
        signature: r || s, 64 octets; empty, so that nothing verifies it, if the signature
            value is not a DER pair of integers of at most 32 octets.
        public_key: the uncompressed point, 65 octets; not checked to lie on the curve.
        key_identifier: subjectKeyIdentifier, empty if absent; 8 octets in a conforming one.
        authority_key_identifier: None if absent.
        key_usages: numbers of the KeyUsage bits that are set (RFC 5280 4.2.1.3).
        policies: dotted object identifiers.
        device_entity_id: serial number in the SubjectAltName of a Device Certificate.
        wrapped_contingency_key: ApexContingencyKey in DER, not looked at.
        extensions: criticality of every extension, by dotted object identifier.
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
    extensions: dict[str, bool]
    key_identifier: bytes = b""
    authority_key_identifier: bytes | None = None
    key_usages: frozenset[int] = frozenset()
    is_ca: bool = False
    path_length: int | None = None
    policies: tuple[str, ...] = ()
    device_entity_id: EntityId | None = None
    wrapped_contingency_key: bytes | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.octets == other.octets

    def __hash__(self) -> int:
        return hash(self.octets)

    def __repr__(self) -> str:
        subject = self.device_entity_id if self.subject.is_empty else self.subject
        return f"Certificate({subject}, key {self.key_identifier.hex()})"

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

    @property
    def unknown_critical(self) -> tuple[str, ...]:
        """Critical extensions that are not understood here: a verifier must refuse."""
        return tuple(
            oid
            for oid, critical in self.extensions.items()
            if critical and oid not in ext.KNOWN_EXTENSIONS
        )


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
    fields = der.decode(CertificateFields, octets, what="certificate")
    tbs, algorithm = _cut(octets, _content_start(octets, 0), _CERTIFICATE_TAGS)
    _, _, inner, issuer, validity, subject, key, _ = _cut(tbs, _content_start(tbs, 0), _TBS_TAGS)
    if fields.tbs.version != _VERSION_3:
        raise RemoteError("a certificate is not version 3", clause="RFC 5280 4.1.2.1")
    if algorithm != SIGNATURE_ALGORITHM or inner != SIGNATURE_ALGORITHM:
        raise RemoteError("a certificate is not signed by ECDSA with SHA-256", clause="RFC 5759 3")
    not_before, not_after = _validity(validity)
    values = ext.extension_values(fields.tbs.extensions)
    is_ca, path_length = ext.read(
        values, ext.BASIC_CONSTRAINTS, ext.basic_constraints, ext.UNCONSTRAINED
    )
    return Certificate(
        octets=octets,
        tbs=tbs,
        signature=_raw_signature(fields.signature),
        serial=fields.tbs.serial,
        issuer=parse_name(issuer),
        subject=parse_name(subject),
        not_before=not_before,
        not_after=not_after,
        public_key=point_of_key_info(key),
        extensions={oid: value.critical for oid, value in values.items()},
        key_identifier=ext.read(
            values, ext.SUBJECT_KEY_IDENTIFIER, ext.subject_key_identifier, b""
        ),
        authority_key_identifier=ext.read(
            values, ext.AUTHORITY_KEY_IDENTIFIER, ext.authority_key_identifier, None
        ),
        key_usages=ext.read(values, ext.KEY_USAGE, ext.key_usages, frozenset()),
        is_ca=is_ca,
        path_length=path_length,
        policies=ext.read(values, ext.CERTIFICATE_POLICIES, ext.policies, ()),
        device_entity_id=ext.read(values, ext.SUBJECT_ALT_NAME, ext.device_entity_id, None),
        wrapped_contingency_key=ext.read(values, ext.WRAPPED_APEX_CONTINGENCY_KEY, bytes, None),
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
    return validity.not_before.as_datetime(), validity.not_after.as_datetime()


def _cut(octets: bytes, start: int, tags: bytes) -> list[bytes]:
    # Only cuts: the decoder has settled that every length up to here is DER and fits.
    parts: list[bytes] = []
    for tag in tags:
        length = octets[start + 1]
        stop = start + 2 + length
        if length >= _LONG_FORM:
            content = _content_start(octets, start)
            stop = content + int.from_bytes(octets[start + 2 : content], "big")
        if octets[start] != tag:
            raise RemoteError(
                "a certificate has an element of another type", clause="RFC 5280 4.1", offset=start
            )
        parts.append(octets[start:stop])
        start = stop
    return parts


def _content_start(octets: bytes, start: int) -> int:
    first = octets[start + 1]
    return start + 2 if first < _LONG_FORM else start + 2 + first - _LONG_FORM


def _raw_signature(bits: der.BitString) -> bytes:
    # The BIT STRING's content is no part of the certificate's own structure: published Device
    # Certificates have non-minimal integers in it. Their keys can be used, nothing trusts them.
    try:
        value = der.decode(EcdsaSignature, bits.as_bytes(), what="certificate signature")
        r, s = value.r.to_bytes(SCALAR_OCTETS, "big"), value.s.to_bytes(SCALAR_OCTETS, "big")
    except (RemoteError, OverflowError):
        return b""
    return b"" if bits.padding_bits() else r + s


@lru_cache(_CACHED_VALUES)
def _single_usage(usages: frozenset[int]) -> KeyUsage | None:
    if len(usages) != 1:
        return None
    return _USAGES.get(next(iter(usages)))


_USAGES = {usage.value: usage for usage in KeyUsage}
_CA_USAGES = frozenset({KeyUsage.KEY_CERT_SIGN.value, CRL_SIGN_BIT})
