"""TLS, client certificates and passwords, against Mosquitto."""

import hashlib
import os
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.mqtt import MqttDeviceLink, MqttPartyLink
from firmware_sim.devices.links.mqtt_options import MqttOptions
from tests.contract.brokers import HOST, MosquittoBroker
from tests.contract.exchange import serving, take
from tests.contract.fake_device import ESME, HAN, HUB, FakeHan, command
from tests.requirements import require_tool

_PASSWORD = "correct horse"


@dataclass
class Authority:
    """A certification authority for the length of a test."""

    folder: Path
    name: str

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._build(self.name, self.key.public_key(), authority=True)
        self.file = self.folder / f"{self.name}.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate, private = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        issued = self._build(name, key.public_key(), authority=False)
        certificate.write_bytes(issued.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return certificate, private

    def _build(
        self, name: str, key: ec.EllipticCurvePublicKey, *, authority: bool
    ) -> x509.Certificate:
        """As RFC 5280 has it: from Python 3.13 on, nothing less is accepted."""
        now = datetime.now(UTC)
        address = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))])
        return (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(self.name))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(_usage(authority=authority), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .add_extension(address, critical=False)
            .sign(self.key, hashes.SHA256())
        )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _password_line(name: str, password: str) -> str:
    """One line of a Mosquitto password file: ``$6$``, SHA-512 over password and salt."""
    salt = os.urandom(12)
    digest = hashlib.sha512(password.encode() + salt).digest()
    return f"{name}:$6${b64encode(salt).decode()}${b64encode(digest).decode()}\n"


@pytest_asyncio.fixture
async def secured(tmp_path: Path) -> AsyncIterator[MqttOptions]:
    """A Mosquitto that asks for TLS, a client certificate, a name and a password."""
    authority = Authority(tmp_path, "authority")
    certificate, key = authority.issue("broker")
    own_certificate, own_key = authority.issue("hub")
    passwords = tmp_path / "passwords"
    passwords.write_text(_password_line("hub", _PASSWORD))
    passwords.chmod(0o600)
    settings = (
        f"cafile {authority.file}",
        f"certfile {certificate}",
        f"keyfile {key}",
        "require_certificate true",
        "allow_anonymous false",
        f"password_file {passwords}",
    )
    broker = MosquittoBroker(require_tool("mosquitto"), tmp_path, settings)
    await broker.start()
    yield replace(
        broker.options,
        tls=True,
        username="hub",
        password=_PASSWORD,
        ca_file=authority.file,
        certificate_file=own_certificate,
        key_file=own_key,
        patience=5.0,
    )
    await broker.die()


async def test_connection_with_client_certificate_and_password_is_accepted(
    secured: MqttOptions,
) -> None:
    async with (
        serving(MqttDeviceLink(HUB, HAN, secured), FakeHan()),
        MqttPartyLink(secured) as party,
    ):
        await party.send(ESME, command(1))
        assert len(await take(party, 1)) == 1


@pytest.mark.parametrize(
    "change",
    [{"password": "wrong"}, {"password": None}, {"username": "nobody"}, {"username": None}],
    ids=str,
)
async def test_a_wrong_name_or_password_is_refused_at_once(
    secured: MqttOptions, change: dict[str, str | None]
) -> None:
    with pytest.raises(LinkError, match=r"refuses us: .*Not authorized") as caught:
        await MqttPartyLink(replace(secured, **change)).__aenter__()  # type: ignore[arg-type]
    assert _PASSWORD not in str(caught.value)


async def test_connection_without_the_client_certificate_is_refused(secured: MqttOptions) -> None:
    with pytest.raises(LinkError, match="cannot reach an MQTT broker"):
        await MqttPartyLink(replace(secured, certificate_file=None, key_file=None)).__aenter__()


# The library leaves the socket of a failed handshake to the garbage collector.
_UNCLOSED = pytest.mark.filterwarnings("ignore:.*SSLSocket")


@_UNCLOSED
async def test_a_broker_of_another_authority_is_not_trusted(
    secured: MqttOptions, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "other")
    with pytest.raises(LinkError, match="certificate verify failed"):
        await MqttPartyLink(replace(secured, ca_file=other.file)).__aenter__()


@_UNCLOSED
async def test_broker_certificate_for_another_name_is_refused(secured: MqttOptions) -> None:
    with pytest.raises(LinkError, match="certificate verify failed"):
        await MqttPartyLink(replace(secured, host="localhost")).__aenter__()


def test_wrong_tls_files_are_reported_by_name(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    text = tmp_path / "text"
    text.write_text("no PEM at all")
    for file in (nothing, text):
        with pytest.raises(LinkError, match="CA certificate"):
            MqttOptions(HOST, tls=True, ca_file=file).tls_context()
    authority = Authority(tmp_path, "authority")
    certificate, _ = authority.issue("one")
    _, key = authority.issue("two")
    options = MqttOptions(HOST, tls=True, ca_file=authority.file)
    for pair in ((nothing, None), (text, None), (certificate, key)):
        with pytest.raises(LinkError, match="no certificate and its key"):
            replace(options, certificate_file=pair[0], key_file=pair[1]).tls_context()


def test_tls_before_version_1_2_is_refused() -> None:
    context = MqttOptions(HOST, tls=True).tls_context()
    assert context is not None
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
