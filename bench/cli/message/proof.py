"""Whether a response is really the device's: its signature and MAC against what is known."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.bench.smki.key_files import read_certificates, read_octets
from firmware_sim.bench.smki.parameters import GENERATIONS
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.protection import mac_is_valid, signature_is_valid
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole

_BROKER = RemotePartyRole.ACCESS_CONTROL_BROKER


class Proof(StrEnum):
    """What is known of one protection of a message."""

    VERIFIED = "verified"
    WRONG = "wrong"
    NO_CERTIFICATE = "not verified: no certificate given"
    NO_KEY = "not verified: needs the addressee's key (--pki)"
    ABSENT = "absent"


class Known(NamedTuple):
    """What a device's messages can be checked with.

    Attributes:
        signing_key: the device's 65-octet public key; None if no certificate was given.
        secrets: the device's ECDH secrets with the Access Control Broker, one a generation.
    """

    signing_key: bytes | None = None
    secrets: tuple[bytes, ...] = ()


class ResponseProof(NamedTuple):
    """What is known of a response's protection."""

    signature: Proof
    mac: Proof

    @property
    def is_verified(self) -> bool:
        """Whether it is proven to be the device's."""
        return Proof.VERIFIED in self and Proof.WRONG not in self

    @property
    def is_wrong(self) -> bool:
        """Whether it is not the device's, or not protected at all."""
        return Proof.WRONG in self or set(self) == {Proof.ABSENT}

    def __str__(self) -> str:
        if self.is_wrong or self.is_verified:
            return "wrong" if self.is_wrong else "verified"
        return next(str(each) for each in self if each is not Proof.ABSENT)


def known_from(
    device: EntityId, pki: Path | None, certificate: Path | None, suite: CryptoSuite
) -> Known:
    """What a PKI folder or a certificate file tells of a device.

    Raises:
        UsageError: the folder or file cannot be read, or the certificate is another device's.
    """
    if certificate is not None:
        return Known(_signing_key(certificate, device))
    if pki is None:
        return Known()
    loaded = DrillPki.load(pki)
    signing_key = _public_key(loaded, device, KeyUsage.DIGITAL_SIGNATURE)
    agreement_key = _public_key(loaded, device, KeyUsage.KEY_AGREEMENT)
    secrets = () if agreement_key is None else _secrets(loaded, agreement_key, suite)
    return Known(signing_key, tuple(secrets))


def verify(response: Message, known: Known, suite: CryptoSuite) -> ResponseProof:
    """Check a response's signature and MAC."""
    return ResponseProof(_signature(response, known, suite), _mac(response, known, suite))


def _signature(response: Message, known: Known, suite: CryptoSuite) -> Proof:
    if not response.signature:
        return Proof.ABSENT
    if known.signing_key is None:
        return Proof.NO_CERTIFICATE
    is_valid = signature_is_valid(response, known.signing_key, suite)
    return Proof.VERIFIED if is_valid else Proof.WRONG


def _mac(response: Message, known: Known, suite: CryptoSuite) -> Proof:
    if response.mac is None:
        return Proof.ABSENT
    if not known.secrets:
        return Proof.NO_KEY
    is_valid = any(mac_is_valid(response, secret, suite) for secret in known.secrets)
    return Proof.VERIFIED if is_valid else Proof.WRONG


def _signing_key(file: Path, device: EntityId) -> bytes:
    try:
        certificate = parse_certificate(read_certificate(file))
    except RemoteError as error:
        raise UsageError(f"{file} is no certificate: {error}", "give PEM or DER") from error
    if certificate.device_entity_id != device or not certificate.serves(KeyUsage.DIGITAL_SIGNATURE):
        raise UsageError(
            f"{file} is not the digitalSignature certificate of device {device}",
            "give that one",
        )
    return certificate.public_key


def read_certificate(file: Path) -> bytes:
    """The DER of the one certificate in a PEM or DER file, which is not parsed.

    Raises:
        UsageError: it cannot be read, or is PEM with none or several.
    """
    octets = read_octets(file)
    if b"-----BEGIN" not in octets:
        return octets
    certificates = read_certificates(file)
    if len(certificates) != 1:
        raise UsageError(f"{file} holds {len(certificates)} certificates", "give the device's own")
    return certificates[0]


def _public_key(pki: DrillPki, device: EntityId, usage: KeyUsage) -> bytes | None:
    """None if the PKI has no such certificate and issues none."""
    try:
        return parse_certificate(pki.device_certificate(device, usage)).public_key
    except PkiError:
        return None


def _secrets(pki: DrillPki, agreement_key: bytes, suite: CryptoSuite) -> Iterator[bytes]:
    for generation in GENERATIONS:
        try:
            private_key = pki.party(_BROKER, generation).private_key(KeyUsage.KEY_AGREEMENT)
        except PkiError:
            continue  # an imported PKI may have one generation, or no private keys
        yield suite.agree(private_key, agreement_key)
