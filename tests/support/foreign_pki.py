"""Files and key stores as other people have them, made with other implementations than ours."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509 import Certificate, load_der_x509_certificate

from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.gbcs.certificate_build import CertificateRequest, build_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole

NO_ENCRYPTION = NoEncryption()
_VALUES = Parameters()
_ISSUER = bytes(31) + b"\x07"


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, as another implementation has them."""

    entity: str
    role: RemotePartyRole
    certificate: Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        """As most tools write it."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def certificate_der(self) -> bytes:
        """The bare certificate."""
        return self.certificate.public_bytes(Encoding.DER)

    def key_octets(
        self,
        encoding: Encoding = Encoding.PEM,
        form: PrivateFormat = PrivateFormat.PKCS8,
        encryption: KeySerializationEncryption = NO_ENCRYPTION,
    ) -> bytes:
        """The private key in one of the usual forms."""
        return self.key.private_bytes(encoding, form, encryption)

    @property
    def scalar(self) -> bytes:
        """The private key, 32 octets big-endian."""
        return self.key.private_numbers().private_value.to_bytes(32, "big")


def party(
    role: RemotePartyRole,
    entity: str,
    usage: KeyUsage,
    *,
    key: int,
    start: datetime = _VALUES.not_before,
    end: datetime = _VALUES.party_not_after,
) -> Pair:
    """An Organisation Certificate, issued by an authority of which nothing else is known.

    Args:
        key: the private key as a number; each certificate of a test takes another.
    """
    suite, private = P256Suite(), ec.derive_private_key(key, ec.SECP256R1())
    scalar = key.to_bytes(32, "big")
    request = CertificateRequest(
        serial=key,
        issuer=Name.of_authority("Z1", RemotePartyRole.ISSUING_AUTHORITY),
        subject=Name.of_party(role, EntityId.parse(entity)),
        not_before=start,
        not_after=end,
        public_key=suite.public_key(scalar),
        key_usages=frozenset({usage.value}),
        policies=(_VALUES.organisation_policy,),
        authority_key_identifier=bytes.fromhex("4f5688d7ec933be2"),
    )
    certificate = load_der_x509_certificate(build_certificate(request, _ISSUER, suite))
    return Pair(entity, role, certificate, private)


def openssl(*arguments: str | Path, stdin: bytes = b"") -> bytes:
    """What the command line of OpenSSL writes to standard output."""
    command = ["openssl", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout


def boxed_store(file: Path, entries: Iterable[tuple[str, str, Pair]]) -> Path:
    """A key store in the published form of DCC Boxed, of usage, name and pair."""
    document: dict[str, dict[str, dict[str, dict[str, object]]]] = {}
    for usage, name, pair in entries:
        serials = document.setdefault(pair.entity, {}).setdefault(usage, {})
        serials[str(pair.certificate.serial_number)] = {
            "certificate": pair.certificate_pem.decode(),
            "privateKey": pair.key_octets().decode(),
            "name": name,
            "role": int(pair.role),
        }
    file.write_text(json.dumps(document, indent=2))
    return file
