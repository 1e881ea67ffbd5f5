"""Certificates are made here: for a test PKI, and for the tests of everything that reads them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from firmware_sim.gbcs import der
from firmware_sim.gbcs.certificate_extensions import (
    AUTHORITY_KEY_IDENTIFIER,
    BASIC_CONSTRAINTS,
    CERTIFICATE_POLICIES,
    KEY_USAGE,
    SUBJECT_ALT_NAME,
    SUBJECT_KEY_IDENTIFIER,
    WRAPPED_APEX_CONTINGENCY_KEY,
)
from firmware_sim.gbcs.certificate_fields import (
    HARDWARE_MODULE_NAME,
    SIGNATURE_ALGORITHM,
    AuthorityKeyIdentifier,
    BasicConstraints,
    GeneralNames,
    HardwareModuleName,
    OtherName,
    PoliciesHolder,
    PolicyInformation,
    Validity,
    public_key_info,
)
from firmware_sim.gbcs.certificate_profiles import key_identifier_of
from firmware_sim.gbcs.certificates import MAX_CERTIFICATE_OCTETS
from firmware_sim.gbcs.crypto import SCALAR_OCTETS, CryptoSuite
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import ENTITY_ID_OCTETS, EntityId

__all__ = ["CertificateRequest", "build_certificate"]

_VERSION_3 = bytes.fromhex("a003020102")
_EXTENSIONS = 3  # tag number in TBSCertificate
_LAST_UTC_TIME_YEAR = 2049
_CACHED_VALUES = 256  # of which one PKI has few


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequest:
    """What a certificate shall say. Nothing is checked against a profile: tests break rules.

    Attributes:
        serial: positive, at most 20 octets.
        public_key: 65-octet point; its identifier is computed.
        key_usages: KeyUsage bit numbers.
        policies: dotted object identifiers, without qualifiers.
        authority_key_identifier: None leaves the extension out.
        is_authority: adds critical basicConstraints with CA and `path_length`.
        device_entity_id: adds the SubjectAltName of a Device with `hardware_type`.
        wrapped_contingency_key: ApexContingencyKey in DER.
        more: further extensions as (dotted object identifier, critical, DER value).
    """

    serial: int
    issuer: Name
    subject: Name
    not_before: datetime
    not_after: datetime
    public_key: bytes
    key_usages: frozenset[int]
    policies: tuple[str, ...]
    authority_key_identifier: bytes | None = None
    is_authority: bool = False
    path_length: int | None = None
    device_entity_id: EntityId | None = None
    hardware_type: str = ""
    wrapped_contingency_key: bytes | None = None
    more: tuple[tuple[str, bool, bytes], ...] = ()


def build_certificate(request: CertificateRequest, issuer_key: bytes, suite: CryptoSuite) -> bytes:
    """Make and sign a certificate; the same request and key give the same octets.

    Args:
        request: what it shall say.
        issuer_key: the issuer's private key, a 32-octet scalar.
        suite: signs by RFC 6979.

    Returns:
        The certificate in DER.

    Raises:
        LocalError: a value has no encoding, or the certificate exceeds 2048 octets.
    """
    tbs = der.in_sequence(
        b"".join(
            (
                _VERSION_3,
                der.encode(request.serial),
                SIGNATURE_ALGORITHM,
                request.issuer.octets,
                _validity(request.not_before, request.not_after),
                request.subject.octets,
                public_key_info(request.public_key),
                _extensions_element(request),
            )
        )
    )
    signature = der.bit_string(signature_value(suite.sign(issuer_key, tbs)))
    octets = der.in_sequence(tbs + SIGNATURE_ALGORITHM + signature)
    if len(octets) > MAX_CERTIFICATE_OCTETS:
        raise LocalError(f"a certificate has at most {MAX_CERTIFICATE_OCTETS} octets")
    return octets


def signature_value(signature: bytes) -> bytes:
    """Ecdsa-Sig-Value in DER from the 64 octets r || s (RFC 5480 appendix A)."""
    r = int.from_bytes(signature[:SCALAR_OCTETS], "big")
    s = int.from_bytes(signature[SCALAR_OCTETS:], "big")
    return der.in_sequence(der.integer(r) + der.integer(s))


def _extensions(request: CertificateRequest) -> Iterator[bytes]:
    yield _key_usages(request.key_usages)
    if request.is_authority:
        constraints = BasicConstraints(ca=True, path_length=request.path_length)
        yield _extension(BASIC_CONSTRAINTS, True, der.encode(constraints))
    identifier = key_identifier_of(request.public_key)
    yield _extension(SUBJECT_KEY_IDENTIFIER, False, der.octet_string(identifier))
    if request.device_entity_id is not None:
        name = device_name(request.device_entity_id, request.hardware_type)
        yield _extension(SUBJECT_ALT_NAME, True, name)
    if request.policies:
        yield _policies(request.policies)
    if request.authority_key_identifier is not None:
        yield _authority(request.authority_key_identifier)
    if request.wrapped_contingency_key is not None:
        yield _extension(WRAPPED_APEX_CONTINGENCY_KEY, False, request.wrapped_contingency_key)
    yield from (_extension(*each) for each in request.more)


def _extensions_element(request: CertificateRequest) -> bytes:
    return der.explicit(_EXTENSIONS, der.in_sequence(b"".join(_extensions(request))))


def _extension(oid: str, critical: bool, value: bytes) -> bytes:
    # `certificate_fields.ExtensionFields`, of which only the value differs between certificates.
    return der.in_sequence(_extension_head(oid, critical) + der.octet_string(value))


@lru_cache(_CACHED_VALUES)
def _extension_head(oid: str, critical: bool) -> bytes:
    name = der.encode(der.ObjectIdentifier(oid))
    return name + der.encode(critical) if critical else name


@lru_cache(_CACHED_VALUES)
def _key_usages(bits: frozenset[int]) -> bytes:
    return _extension(KEY_USAGE, True, der.encode(der.named_bits(bits)))


@lru_cache(_CACHED_VALUES)
def _authority(key_identifier: bytes) -> bytes:
    value = der.encode(AuthorityKeyIdentifier(key_identifier=key_identifier))
    return _extension(AUTHORITY_KEY_IDENTIFIER, False, value)


@lru_cache(_CACHED_VALUES)
def _validity(not_before: datetime, not_after: datetime) -> bytes:
    return der.encode(Validity(not_before=_time(not_before), not_after=_time(not_after)))


def _time(moment: datetime) -> der.UTCTime | der.GeneralizedTime:
    # RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime after.
    if moment.year <= _LAST_UTC_TIME_YEAR:
        return der.UTCTime(moment)
    return der.GeneralizedTime(moment)


def device_name(entity_id: EntityId, hardware_type: str) -> bytes:
    """SubjectAltName value of a Device: its hwType, and its EUI-64 as serial number."""
    return _device_name_head(hardware_type) + entity_id


@lru_cache(_CACHED_VALUES)
def _device_name_head(hardware_type: str) -> bytes:
    """All but the serial number, which comes last and is of one length."""
    serial = bytes(ENTITY_ID_OCTETS)
    module = HardwareModuleName(hardware_type=der.ObjectIdentifier(hardware_type), serial=serial)
    other = OtherName(type=HARDWARE_MODULE_NAME, value=module)
    return der.encode(GeneralNames(other_name=other)).removesuffix(serial)


@lru_cache(_CACHED_VALUES)
def _policies(policies: tuple[str, ...]) -> bytes:
    entries = [PolicyInformation(oid=der.ObjectIdentifier(each)) for each in policies]
    value = der.out_of_sequence(der.encode(PoliciesHolder(policies=entries)))
    return _extension(CERTIFICATE_POLICIES, True, value)
