"""PKCS #10 requests of devices: as the reference device makes them, by a second reader, refused."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.gbcs.certification_request import (
    MAX_REQUEST_OCTETS,
    CertificationRequest,
    assemble_request,
    build_certification_request,
    parse_certification_request,
    request_info,
)
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.device_certificates import IssueResponse
from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.gbcs.use_cases import CS02C

SUITE = P256Suite()
METER = EntityId(bytes.fromhex("00db1234567890a0"))
PRIVATE_KEY = bytes(range(1, 33))
REQUEST = build_certification_request(PRIVATE_KEY, KeyUsage.DIGITAL_SIGNATURE, METER, SUITE)


@pytest.fixture(scope="module")
def published(rtds: Path) -> list[CertificationRequest]:
    found = []
    for path in sorted((rtds / "messages").rglob("*_RESPONSE_GBCS.HEX")):
        message = parse_message(bytes.fromhex(path.read_text()))
        if message.code == CS02C and message.cra is CraFlag.RESPONSE:
            result = IssueResponse.decode(message.payload).result
            if isinstance(result, bytes):
                found.append(parse_certification_request(result))
    assert found
    return found


def test_reference_requests_are_signed_by_their_own_keys(
    published: list[CertificationRequest],
) -> None:
    for request in published:
        assert request.is_self_signed(SUITE)
        assert len(request.octets) == 279
        assert request.entity_id == METER


def test_reference_requests_put_together_again_are_the_same_octets(
    published: list[CertificationRequest],
) -> None:
    for request in published:
        info = request_info(request.public_key, request.key_usage, request.entity_id)
        assert info == request.info
        assert assemble_request(info, request.signature) == request.octets


def test_ours_differ_from_the_references_in_key_and_signature_only(
    published: list[CertificationRequest],
) -> None:
    ours = parse_certification_request(REQUEST)
    for theirs in published:
        if theirs.key_usage is ours.key_usage:
            assert ours.info.replace(ours.public_key, theirs.public_key) == theirs.info


@pytest.mark.parametrize("usage", [KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT])
def test_a_second_reader_finds_what_was_asked_for(usage: KeyUsage) -> None:
    octets = build_certification_request(PRIVATE_KEY, usage, METER, SUITE)
    request = x509.load_der_x509_csr(octets)
    assert request.is_signature_valid
    assert not list(request.subject)
    point = request.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    own = ec.derive_private_key(int.from_bytes(PRIVATE_KEY), ec.SECP256R1()).public_key()
    assert point == own.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert [extension.critical for extension in request.extensions] == [True, True]
    wanted = request.extensions.get_extension_for_class(x509.KeyUsage).value
    assert wanted.digital_signature == (usage is KeyUsage.DIGITAL_SIGNATURE)
    assert wanted.key_agreement == (usage is KeyUsage.KEY_AGREEMENT)
    assert not wanted.key_cert_sign
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    (name,) = names
    assert isinstance(name, x509.OtherName)
    assert name.type_id.dotted_string == "1.3.6.1.5.5.7.8.4"
    assert name.value.endswith(b"\x04\x08" + METER)


@given(st.integers(1, 2**64 - 1), st.sampled_from([KeyUsage.DIGITAL_SIGNATURE]))
def test_built_request_is_read_back(number: int, usage: KeyUsage) -> None:
    entity = EntityId(number.to_bytes(8, "big"))
    request = parse_certification_request(
        build_certification_request(PRIVATE_KEY, usage, entity, SUITE, hardware_type="1.2.3.4")
    )
    assert (request.entity_id, request.key_usage) == (entity, usage)
    assert request.hardware_type == "1.2.3.4"
    assert request.public_key == SUITE.public_key(PRIVATE_KEY)
    assert request.is_self_signed(SUITE)


def test_a_changed_request_is_not_signed_by_its_key() -> None:
    changed = REQUEST.replace(METER, EntityId(bytes.fromhex("00db1234567890a1")))
    assert not parse_certification_request(changed).is_self_signed(SUITE)


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ("version 1", "020100 3000", "020101 3000"),
        ("a key usage of no cell", "0302 0780", "0302 0640"),
        ("two key usages", "0302 0780", "0302 0388"),
        ("an extension that is not critical", "0603551d0f 0101ff", "0603551d0f 010100"),
        ("another extension", "0603551d0f", "0603551d0e"),
        ("another attribute", "2a864886f70d01090e", "2a864886f70d01090f"),
        ("another general name", "06082b06010505070804", "06082b06010505070805"),
        ("another curve", "2a8648ce3d030107", "2a8648ce3d030106"),
        ("another signature algorithm", "2a8648ce3d040302", "2a8648ce3d040303"),
    ],
)
def test_request_of_another_form_is_refused(what: str, old: str, new: str) -> None:
    changed = REQUEST.replace(bytes.fromhex(old), bytes.fromhex(new))
    assert changed != REQUEST
    with pytest.raises(RemoteError):
        parse_certification_request(changed)


@given(st.integers(0, len(REQUEST) - 1), st.integers(0, 255))
def test_damaged_octets_are_refused_or_read_and_never_crash(at: int, octet: int) -> None:
    damaged = bytearray(REQUEST)
    damaged[at] = octet
    for octets in (bytes(damaged), REQUEST[:at]):
        try:
            parse_certification_request(octets)
        except RemoteError:
            continue


def test_an_oversized_request_is_refused_unread() -> None:
    with pytest.raises(RemoteError, match="at most"):
        parse_certification_request(bytes(MAX_REQUEST_OCTETS + 1))
