"""The SMKI certificate profiles as data: each rule with the clause that asks for it.

Rules marked INFERRED are not settled by a public source: they follow from test
certificates or from RFC 5280, and are the strict reading.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from hashlib import sha1

from firmware_sim.gbcs.certificate_extensions import (
    AUTHORITY_KEY_IDENTIFIER,
    BASIC_CONSTRAINTS,
    CERTIFICATE_POLICIES,
    KEY_USAGE,
    SUBJECT_ALT_NAME,
    SUBJECT_KEY_IDENTIFIER,
    WRAPPED_APEX_CONTINGENCY_KEY,
)
from firmware_sim.gbcs.certificates import CRL_SIGN_BIT, Certificate
from firmware_sim.gbcs.contingency import wrap_algorithm
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole

KEY_IDENTIFIER_OCTETS = 8
MAX_SERIAL_BITS = 20 * 8 - 1

UNDEFINED_EXPIRY = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""notAfter of a Device Certificate: no expiry (RFC 5280 4.1.2.5)."""


class CertificateKind(Enum):
    """Which profile a certificate follows; Recovery and ACB Certificates are ORGANISATION."""

    ROOT_OCA = "Root OCA"
    ISSUING_OCA = "Issuing OCA"
    ORGANISATION = "Organisation"
    ROOT_DCA = "Root DCA"
    ISSUING_DCA = "Issuing DCA"
    DEVICE = "Device"

    @property
    def is_authority(self) -> bool:
        """Whether such certificates issue others."""
        return self not in (CertificateKind.ORGANISATION, CertificateKind.DEVICE)

    @property
    def is_root(self) -> bool:
        """Whether such certificates are self-signed."""
        return self in (CertificateKind.ROOT_OCA, CertificateKind.ROOT_DCA)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a profile.

    Attributes:
        says: what must hold, as a sentence for a complaint.
        clause: who asks for it.
        holds: whether a certificate keeps the rule.
    """

    says: str
    clause: str
    holds: Callable[[Certificate], bool]

    def __str__(self) -> str:
        return f"{self.says} [{self.clause}]"


def key_identifier_of(public_key: bytes) -> bytes:
    """Key identifier of a 65-octet point, 8 octets (RFC 5280 4.2.1.2, method 2).

    The four bits 0100 and the last 60 bits of the point's SHA-1.
    """
    tail = sha1(public_key, usedforsecurity=False).digest()[-KEY_IDENTIFIER_OCTETS:]
    return bytes((0x40 | tail[0] & 0x0F,)) + tail[1:]


def check_profile(
    certificate: Certificate,
    kind: CertificateKind,
    suite: CryptoSuite,
    waived: Collection[Rule] = (),
) -> tuple[str, ...]:
    """Everything in which a certificate departs from the profile of its kind.

    Signatures, and the moment of use, are not looked at: see `firmware_sim.gbcs.path`.

    Args:
        waived: rules of the profile that the caller does not insist on.

    Returns:
        One sentence a broken rule, with its clause; empty if the certificate conforms.
    """
    due = (rule for rule in PROFILES[kind] if rule not in waived)
    complaints = [str(rule) for rule in due if not rule.holds(certificate)]
    if not suite.is_public_key(certificate.public_key):
        complaints.append("the public key is a point on P-256 [SEC 1 3.2.2.1]")
    return tuple(complaints)


def _critical(oid: str, expected: bool) -> Callable[[Certificate], bool]:
    return lambda certificate: certificate.extensions.get(oid) is expected


def _absent(oid: str) -> Callable[[Certificate], bool]:
    return lambda certificate: oid not in certificate.extensions


def _usages(*allowed: frozenset[int]) -> Callable[[Certificate], bool]:
    return lambda certificate: certificate.key_usages in allowed


_DS = frozenset({KeyUsage.DIGITAL_SIGNATURE.value})
_KA = frozenset({KeyUsage.KEY_AGREEMENT.value})
_CS = frozenset({KeyUsage.KEY_CERT_SIGN.value})
_CS_AND_CRL = _CS | {CRL_SIGN_BIT}
_AUTHORITY_ROLES = frozenset({RemotePartyRole.ROOT, RemotePartyRole.ISSUING_AUTHORITY})


def _has_readable_contingency_key(certificate: Certificate) -> bool:
    try:
        return wrap_algorithm(certificate.wrapped_contingency_key or b"") is not None
    except RemoteError:
        return False


def _is_organisation(certificate: Certificate) -> bool:
    role = certificate.subject_role
    return role is not None and role not in _AUTHORITY_ROLES


_COMMON = (
    Rule(
        "the serial number is positive and has at most 20 octets",
        "RFC 5280 4.1.2.2",
        lambda each: each.serial > 0 and each.serial.bit_length() <= MAX_SERIAL_BITS,
    ),
    Rule(
        "the validity does not end before it starts",
        "RFC 5280 4.1.2.5",
        lambda each: each.not_before <= each.not_after,
    ),
    Rule("keyUsage is there and critical", "GBCS 12", _critical(KEY_USAGE, True)),
    Rule(
        "certificatePolicies is there and critical",
        "GBCS 12",
        _critical(CERTIFICATE_POLICIES, True),
    ),
    Rule(
        "subjectKeyIdentifier is there and not critical",
        "GBCS 12",
        _critical(SUBJECT_KEY_IDENTIFIER, False),
    ),
    Rule(
        "the key identifier is 0100 and 60 bits of the public key's SHA-1",
        "RFC 5280 4.2.1.2 (2)",
        lambda each: each.key_identifier == key_identifier_of(each.public_key),
    ),
    Rule(
        "every critical extension is one that SMKI uses",
        "RFC 5280 4.2",
        lambda each: not each.unknown_critical,
    ),
)
_ISSUED = (
    Rule(
        "authorityKeyIdentifier is there and not critical",
        "GBCS 12",
        _critical(AUTHORITY_KEY_IDENTIFIER, False),
    ),
    Rule(
        "there is no contingency key",
        "SEC L10.30, RFC 5934 9; INFERRED",
        _absent(WRAPPED_APEX_CONTINGENCY_KEY),
    ),
)
_SELF_SIGNED = (
    Rule("issuer and subject are the same", "RFC 5280 3.2", lambda each: each.is_self_issued),
    Rule(
        "authorityKeyIdentifier is absent, or the certificate's own",
        "GBCS 12",
        lambda each: each.authority_key_identifier in (None, each.key_identifier),
    ),
)
_AUTHORITY = (
    Rule(
        "basicConstraints says CA and is critical",
        "RFC 5280 4.2.1.9; INFERRED for roots and DCAs",
        lambda each: each.is_ca and each.extensions[BASIC_CONSTRAINTS],
    ),
    Rule(
        "keyUsage is keyCertSign, with or without cRLSign",
        "RFC 5280 4.2.1.3; INFERRED",
        _usages(_CS, _CS_AND_CRL),
    ),
    Rule("there is no subjectAltName", "INFERRED", _absent(SUBJECT_ALT_NAME)),
)
_ISSUED_AUTHORITY = (
    *_ISSUED,
    *_AUTHORITY,
    Rule(
        "issuer and subject differ",
        "RFC 5280 3.2; INFERRED",
        lambda each: not each.is_self_issued,
    ),
)
CONTINGENCY_KEY_RULE = Rule(
    "WrappedApexContingencyKey holds a contingency key",
    "SEC L10.30, RFC 5934 9",
    _has_readable_contingency_key,
)
"""Of a Root OCA Certificate."""

_LEAF_USAGE = Rule(
    "keyUsage is digitalSignature or keyAgreement, one of them", "GBCS 12", _usages(_DS, _KA)
)

PROFILES: dict[CertificateKind, tuple[Rule, ...]] = {
    CertificateKind.ROOT_OCA: (
        *_COMMON,
        *_SELF_SIGNED,
        *_AUTHORITY,
        Rule(
            "the subject's OU is 00",
            "SEC L Annex A",
            lambda each: each.subject_role is RemotePartyRole.ROOT,
        ),
        CONTINGENCY_KEY_RULE,
    ),
    CertificateKind.ISSUING_OCA: (
        *_COMMON,
        *_ISSUED_AUTHORITY,
        Rule(
            "the subject's OU is 07",
            "SEC L Annex A",
            lambda each: each.subject_role is RemotePartyRole.ISSUING_AUTHORITY,
        ),
        Rule(
            "the path length is 0",
            "RFC 5280 4.2.1.9; INFERRED",
            lambda each: each.path_length == 0,
        ),
    ),
    CertificateKind.ORGANISATION: (
        *_COMMON,
        *_ISSUED,
        _LEAF_USAGE,
        Rule(
            "the subject's OU is a Remote Party Role in two hex digits, no authority's",
            "SEC L3.24, Annex A",
            _is_organisation,
        ),
        Rule(
            "the subject's x500UniqueIdentifier is an EUI-64",
            "SEC L3.18",
            lambda each: each.subject_unique_id is not None,
        ),
        Rule("basicConstraints does not say CA", "RFC 5280 4.2.1.9", lambda each: not each.is_ca),
        Rule("there is no subjectAltName", "INFERRED", _absent(SUBJECT_ALT_NAME)),
    ),
    CertificateKind.ROOT_DCA: (
        *_COMMON,
        *_SELF_SIGNED,
        *_AUTHORITY,
        Rule(
            "there is no contingency key",
            "SEC L10.30, RFC 5934 9; INFERRED",
            _absent(WRAPPED_APEX_CONTINGENCY_KEY),
        ),
    ),
    CertificateKind.ISSUING_DCA: (*_COMMON, *_ISSUED_AUTHORITY),
    CertificateKind.DEVICE: (
        *_COMMON,
        *_ISSUED,
        _LEAF_USAGE,
        Rule("the subject is empty", "GBCS 12", lambda each: each.subject.is_empty),
        Rule(
            "subjectAltName is critical and holds the Device's EUI-64",
            "GBCS 12, RFC 4108 5",
            _critical(SUBJECT_ALT_NAME, True),
        ),
        Rule(
            "notAfter is 99991231235959Z",
            "GBCS 12",
            lambda each: each.not_after == UNDEFINED_EXPIRY,
        ),
        Rule("there is one policy", "GBCS 12", lambda each: len(each.policies) == 1),
        Rule("there are no basicConstraints", "GBCS 12; INFERRED", _absent(BASIC_CONSTRAINTS)),
    ),
}
"""What every certificate of a kind keeps to; the rules are in the order of complaint."""
