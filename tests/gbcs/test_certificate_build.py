"""What is built, read by `cryptography` and held against bytes of the specification."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware_sim.gbcs.certificate_build import CertificateRequest, build_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId
from tests.gbcs import home_made as made

SUITE = P256Suite()
SIGNER = (0x1002).to_bytes(32, "big")  # made.ISSUING_KEY

SUPPLIER = CertificateRequest(
    serial=0x41 << 120 | 1,
    issuer=Name.parse(made.ISSUING_NAME),
    subject=Name.parse(made.SUPPLIER_NAME),
    not_before=datetime(2020, 1, 1, tzinfo=UTC),
    not_after=datetime(2039, 12, 31, 23, 59, 59, tzinfo=UTC),
    public_key=made.point(made.LEAF_KEY),
    key_usages=frozenset({0}),
    policies=("1.2.3.4",),
    authority_key_identifier=made.identifier(made.ISSUING_KEY),
)


def test_an_organisation_certificate_is_the_hand_written_one_to_the_octet() -> None:
    """Including its signature: RFC 6979 on both sides."""
    assert build_certificate(SUPPLIER, SIGNER, SUITE) == made.certificate()


def test_a_device_certificate_is_the_hand_written_one_to_the_octet() -> None:
    request = replace(
        SUPPLIER,
        subject=Name.parse(made.EMPTY_NAME),
        not_after=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        key_usages=frozenset({4}),
        device_entity_id=EntityId(made.ENTITY),
        hardware_type="1.2.3.6",
    )
    assert build_certificate(request, SIGNER, SUITE) == made.device()


def test_an_independent_reader_finds_what_was_asked_for() -> None:
    request = replace(
        SUPPLIER,
        key_usages=frozenset({5, 6}),
        is_authority=True,
        path_length=3,
        policies=("1.2.3.4", "2.5.29.32.0"),
        wrapped_contingency_key=made.APEX,
        more=(("1.2.3.99", True, b"\x05\x00"),),
    )
    read = x509.load_der_x509_certificate(build_certificate(request, SIGNER, SUITE))
    assert read.public_key().public_bytes(
        Encoding.X962, PublicFormat.UncompressedPoint
    ) == made.point(made.LEAF_KEY)
    found = {each.oid.dotted_string: (each.critical, each.value) for each in read.extensions}
    assert found["2.5.29.19"] == (True, x509.BasicConstraints(True, 3))
    usage = found["2.5.29.15"][1]
    assert isinstance(usage, x509.KeyUsage)
    assert (usage.key_cert_sign, usage.crl_sign, usage.digital_signature) == (True, True, False)
    policies = found["2.5.29.32"][1]
    assert isinstance(policies, x509.CertificatePolicies)
    assert [each.policy_identifier.dotted_string for each in policies] == list(request.policies)
    apex = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.20")
    assert found[apex.dotted_string] == (False, x509.UnrecognizedExtension(apex, made.APEX))
    assert found["1.2.3.99"][0] is True


def test_dates_from_2050_are_generalized_time() -> None:
    """RFC 5280 4.1.2.5."""
    request = replace(
        SUPPLIER,
        not_before=datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC),
        not_after=datetime(2050, 1, 1, tzinfo=UTC),
    )
    octets = build_certificate(request, SIGNER, SUITE)
    assert made.tlv(0x17, b"491231235959Z") + made.tlv(0x18, b"20500101000000Z") in octets


@pytest.mark.parametrize(
    ("usages", "bits"),
    [
        ({0}, "03020780"),
        ({4}, "03020308"),
        ({5}, "03020204"),
        ({5, 6}, "03020106"),
        ({8}, "0303070080"),
    ],
)
def test_key_usage_has_no_trailing_zero_bits(usages: set[int], bits: str) -> None:
    """X.690 11.2.2; the first four are in published certificates."""
    octets = build_certificate(replace(SUPPLIER, key_usages=frozenset(usages)), SIGNER, SUITE)
    assert made.tlv(4, bytes.fromhex(bits)) in octets


def test_certificate_whose_fields_do_not_fit_is_not_built() -> None:
    with pytest.raises(LocalError):
        build_certificate(replace(SUPPLIER, more=(("1.2.3", False, bytes(2048)),)), SIGNER, SUITE)
