"""The ASN.1 of an SMKI certificate: the shapes that parsing and building share.

Only what SMKI uses has a shape. Anything else (algorithm parameters, policy qualifiers,
other general names, issuerUniqueID) does not decode, and so is refused.
"""

from typing import Annotated

from firmware_sim.gbcs import der
from firmware_sim.gbcs.crypto import POINT_OCTETS

ECDSA_WITH_SHA256 = der.ObjectIdentifier("1.2.840.10045.4.3.2")
EC_PUBLIC_KEY = der.ObjectIdentifier("1.2.840.10045.2.1")
P256 = der.ObjectIdentifier("1.2.840.10045.3.1.7")
HARDWARE_MODULE_NAME = der.ObjectIdentifier("1.3.6.1.5.5.7.8.4")


@der.sequence
class Validity:
    """Not before, not after."""

    not_before: der.UTCTime | der.GeneralizedTime
    not_after: der.UTCTime | der.GeneralizedTime


@der.sequence
class SignatureAlgorithm:
    """AlgorithmIdentifier of ECDSA, which has no parameters (RFC 5758 3.2)."""

    algorithm: der.ObjectIdentifier


@der.sequence
class KeyAlgorithm:
    """Algorithm and curve of a public key (RFC 5480 2.1.1)."""

    algorithm: der.ObjectIdentifier
    curve: der.ObjectIdentifier


@der.sequence
class SubjectPublicKeyInfo:
    """A public key: 91 octets for an uncompressed P-256 point."""

    algorithm: KeyAlgorithm
    point: der.BitString


@der.sequence
class ExtensionFields:
    """One extension (RFC 5280 4.1.2.9)."""

    oid: der.ObjectIdentifier
    critical: Annotated[bool, der.Default(False)]
    value: bytes


@der.sequence
class TbsFields:
    """TBSCertificate, version 3, without the two unique identifiers that RFC 5280 retired.

    Elements that take few values in one PKI stay undecoded, so that a reader can know them
    by their octets: decoding each of them again costs half of the whole.
    """

    version: Annotated[int, der.Explicit(0)]
    serial: int
    algorithm: der.Tlv
    issuer: der.Tlv
    validity: der.Tlv
    subject: der.Tlv
    key: der.Tlv
    extensions: Annotated[list[ExtensionFields], der.Explicit(3)]


@der.sequence
class CertificateFields:
    """The three parts of a certificate."""

    tbs: TbsFields
    algorithm: der.Tlv
    signature: der.BitString


@der.sequence
class EcdsaSignature:
    """Ecdsa-Sig-Value (RFC 5480 appendix A)."""

    r: int
    s: int


@der.sequence
class BasicConstraints:
    """RFC 5280 4.2.1.9."""

    ca: Annotated[bool, der.Default(False)]
    path_length: int | None


@der.sequence
class AuthorityKeyIdentifier:
    """The keyIdentifier form, the only one that SMKI uses."""

    key_identifier: Annotated[bytes, der.Implicit(0)]


@der.sequence
class HardwareModuleName:
    """Type and serial number of a Device (RFC 4108 5); the serial number is its EUI-64."""

    hardware_type: der.ObjectIdentifier
    serial: bytes


@der.sequence
class OtherName:
    """A GeneralName that carries a HardwareModuleName."""

    type: der.ObjectIdentifier
    value: Annotated[HardwareModuleName, der.Explicit(0)]


@der.sequence
class GeneralNames:
    """SubjectAltName with the one name a Device Certificate has."""

    other_name: Annotated[OtherName, der.Implicit(0)]


@der.sequence
class PolicyInformation:
    """A policy without qualifiers: a critical qualifier that is not understood must refuse."""

    oid: der.ObjectIdentifier


@der.sequence
class PoliciesHolder:
    """certificatePolicies inside a SEQUENCE, because a bare list has no schema of its own."""

    policies: list[PolicyInformation]


SIGNATURE_ALGORITHM = der.encode(SignatureAlgorithm(algorithm=ECDSA_WITH_SHA256))
"""The one signature algorithm (RFC 5759 3), 12 octets."""


def public_key_info(point: bytes) -> bytes:
    """SubjectPublicKeyInfo of a 65-octet uncompressed P-256 point: 91 octets."""
    if len(point) == POINT_OCTETS:
        return PUBLIC_KEY_PREFIX + point
    return _key_info(point)


def _key_info(point: bytes) -> bytes:
    algorithm = KeyAlgorithm(algorithm=EC_PUBLIC_KEY, curve=P256)
    return der.encode(SubjectPublicKeyInfo(algorithm=algorithm, point=der.BitString(point, 0)))


PUBLIC_KEY_PREFIX = _key_info(bytes(POINT_OCTETS))[:-POINT_OCTETS]
"""What every SubjectPublicKeyInfo with an uncompressed P-256 point starts with, 26 octets."""
