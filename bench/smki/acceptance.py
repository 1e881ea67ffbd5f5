"""Whether a certificate from elsewhere can be taken in: more than that it can be parsed.

A Device judges certificates by profile and path. Here only what makes one useless is refused: it
does not parse, its key is no point, its serial number, period or signature cannot be, or its own
key did not sign it although it says so.
"""

from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from firmware_sim.bench.smki.containers import UNREADABLE, kind_of_key, without_warnings
from firmware_sim.gbcs import der
from firmware_sim.gbcs.certificate_profiles import MAX_SERIAL_BITS
from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import GbcsError, RemoteError

_ORDER: Final = ec.SECP256R1().group_order
_SEQUENCE, _INTEGER = 0x30, 0x02
# ecdsa-with-SHA256 with NULL parameters, which OpenSSL reads as if they were absent.
_NULL_PARAMETERS: Final = bytes.fromhex("300c06082a8648ce3d0403020500")


def accept(octets: bytes, suite: CryptoSuite) -> Certificate:
    """The certificate in DER, if it can be taken in.

    Raises:
        RemoteError: it cannot; the reason is one line and says what is wrong.
    """
    try:
        certificate = parse_certificate(octets)
    except GbcsError as error:
        raise _better_reason(octets, error) from error
    if certificate.serial <= 0:
        raise RemoteError("its serial number is not positive", clause="RFC 5280 4.1.2.2")
    if certificate.serial.bit_length() > MAX_SERIAL_BITS:
        raise RemoteError("its serial number has more than 20 octets", clause="RFC 5280 4.1.2.2")
    if certificate.not_after < certificate.not_before:
        raise RemoteError("it ends before it begins", clause="RFC 5280 4.1.2.5")
    if not suite.is_public_key(certificate.public_key):
        raise RemoteError("its public key is no point on P-256", clause="SEC 1 3.2.2.1")
    _check_signature(certificate, suite)
    return certificate


def _check_signature(certificate: Certificate, suite: CryptoSuite) -> None:
    if not all(0 < value < _ORDER for value in _signature(certificate)):
        raise RemoteError("its signature has r or s outside 1 to n - 1", clause="SEC 1 4.1.4")
    issuer = certificate.authority_key_identifier
    # With another authorityKeyIdentifier it is a new key under the same name, signed by the old.
    is_self_signed = certificate.is_self_issued and issuer in (None, certificate.key_identifier)
    if is_self_signed and not suite.verify(
        certificate.public_key, certificate.tbs, certificate.signature
    ):
        raise RemoteError("it is not signed with its own key", clause="RFC 5280 6.1")


def _signature(certificate: Certificate) -> tuple[int, int]:
    """The pair r and s; published Device Certificates have them in more octets than DER allows."""
    value = der.split_content(certificate.octets)[2]
    content = value[3:]  # a BIT STRING of at most 127 octets, and its count of unused bits
    try:
        (pair,) = der.split(content)
        first, second = der.split_content(pair)
    except (RemoteError, ValueError, IndexError):
        first = second = pair = b""
    if not pair or (pair[0], first[0], second[0]) != (_SEQUENCE, _INTEGER, _INTEGER):
        raise RemoteError("its signature is no pair of integers in DER", clause="RFC 5480 A")
    return int.from_bytes(first[2:], "big", signed=True), int.from_bytes(
        second[2:], "big", signed=True
    )


def _better_reason(octets: bytes, error: GbcsError) -> RemoteError:
    """What the parser said; or, if that is more to the point, what another reader finds.

    Without octets of the input: it may be a private key in the wrong place.
    """
    if _NULL_PARAMETERS in octets:
        return RemoteError("its AlgorithmIdentifier has NULL parameters", clause="RFC 5758 3.2")
    as_parsed = RemoteError(error.reason, clause=error.clause, offset=error.offset)
    try:
        with without_warnings():
            key = x509.load_der_x509_certificate(octets).public_key()
    except UNREADABLE:
        return as_parsed
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return as_parsed
    return RemoteError(f"{kind_of_key(key)}; SMKI keys are on P-256", clause="GBCS 12")
