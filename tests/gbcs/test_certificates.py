"""Reading a certificate: the fields, and everything that must not be read."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs import der
from firmware_sim.gbcs.certificate_fields import CertificateFields, public_key_info
from firmware_sim.gbcs.certificates import MAX_CERTIFICATE_OCTETS, Certificate, parse_certificate
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole
from tests.gbcs import home_made as made


def published(rtds: Path) -> list[bytes]:
    entries = json.loads((rtds / "keystore.json").read_text())
    return [bytes.fromhex(entry["certificate"]) for entry in entries]


def test_fields_of_an_organisation_certificate_are_read() -> None:
    octets = made.certificate()
    read = parse_certificate(octets)
    assert read.octets == octets
    assert read.serial == 0x41 << 120 | 1
    assert str(read.issuer) == "OU=07, CN=Issuing"
    assert (read.not_before, read.not_after) == (
        datetime(2020, 1, 1, tzinfo=UTC),
        datetime(2039, 12, 31, 23, 59, 59, tzinfo=UTC),
    )
    assert read.public_key == made.point(made.LEAF_KEY)
    assert read.key_identifier == made.identifier(made.LEAF_KEY)
    assert read.authority_key_identifier == made.identifier(made.ISSUING_KEY)
    assert read.key_usage is KeyUsage.DIGITAL_SIGNATURE
    assert read.policies == ("1.2.3.4",)
    assert read.subject_role is RemotePartyRole.SUPPLIER
    assert read.subject_unique_id == EntityId(made.ENTITY)
    assert (read.is_ca, read.path_length, read.device_entity_id) == (False, None, None)
    assert read.wrapped_contingency_key is None


def test_fields_of_device_and_authority_certificates_are_read() -> None:
    device = parse_certificate(made.device())
    assert device.device_entity_id == EntityId(made.ENTITY)
    assert device.subject.is_empty
    assert device.not_after == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    issuing = parse_certificate(made.issuing())
    assert (issuing.is_ca, issuing.path_length) == (True, 0)
    assert issuing.key_usage is None
    assert issuing.serves(KeyUsage.KEY_CERT_SIGN)
    assert not issuing.serves(KeyUsage.DIGITAL_SIGNATURE)
    root = parse_certificate(made.root())
    assert root.wrapped_contingency_key == made.APEX
    assert root.is_self_issued
    assert root.authority_key_identifier is None


def test_signed_octets_and_signature_are_those_that_were_signed() -> None:
    read = parse_certificate(made.certificate())
    r, s = (int.from_bytes(read.signature[at : at + 32], "big") for at in (0, 32))
    value = made.tlv(0x30, *(made.tlv(2, _integer(each)) for each in (r, s)))
    made.ISSUING_KEY.public_key().verify(value, read.tbs, ec.ECDSA(hashes.SHA256()))


def _integer(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


@settings(max_examples=25, deadline=None)
@given(
    serial=st.integers(1, 2**158),
    common_name=st.text(
        st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=16
    ),
    not_before=st.datetimes(datetime(1951, 1, 1), datetime(2049, 1, 1)),  # noqa: DTZ001
    crl_sign=st.booleans(),
    path_length=st.none() | st.integers(0, 4),
)
def test_certificate_of_an_independent_writer_is_read_as_written(
    serial: int, common_name: str, not_before: datetime, crl_sign: bool, path_length: int | None
) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    start = not_before.replace(microsecond=0, tzinfo=UTC)
    usages = x509.KeyUsage(False, False, False, False, False, True, crl_sign, False, False)
    key = made.ISSUING_KEY
    authority = x509.AuthorityKeyIdentifier(made.identifier(key), None, None)
    written = (
        x509.CertificateBuilder(name, name, key.public_key(), serial, start, datetime(2060, 1, 1))  # noqa: DTZ001
        .add_extension(usages, critical=True)
        .add_extension(x509.BasicConstraints(True, path_length), critical=True)
        .add_extension(authority, critical=False)
        .sign(key, hashes.SHA256())
    )
    read = parse_certificate(written.public_bytes(Encoding.DER))
    assert read.serial == serial
    assert read.subject.octets == name.public_bytes()
    assert read.subject.attributes[0].text == common_name
    assert read.not_before == start
    assert read.tbs == written.tbs_certificate_bytes
    assert read.signature == b"".join(
        each.to_bytes(32, "big") for each in decode_dss_signature(written.signature)
    )
    assert read.key_usages == ({5, 6} if crl_sign else {5})
    assert (read.is_ca, read.path_length) == (True, path_length)
    assert read.authority_key_identifier == made.identifier(key)


COMPRESSED = made.tlv(
    0x30,
    bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107"),
    made.tlv(0x03, b"\0\x02" + made.point(made.LEAF_KEY)[1:33]),
)
P384 = made.key_info(ec.derive_private_key(3, ec.SECP384R1()))
ISSUER_ONLY = made.extension("0603551d23", False, made.tlv(0x30, made.tlv(0x82, b"\1")))

REFUSED = {
    "RFC 5280 4.1.2.1: version 1": made.certificate(version=b""),
    "RFC 5280 4.1.2.1: version 2": made.certificate(version=bytes.fromhex("a003020101")),
    "RFC 5280 4.1.1.2: two algorithms": made.certificate(
        inner=bytes.fromhex("300a06082a8648ce3d040303")
    ),
    "RFC 5759 3: ECDSA with SHA-384": made.certificate(
        inner=bytes.fromhex("300a06082a8648ce3d040303"),
        outer=bytes.fromhex("300a06082a8648ce3d040303"),
    ),
    "RFC 5758 3.2: parameters after the algorithm": made.certificate(
        inner=bytes.fromhex("300c06082a8648ce3d0403020500"),
        outer=bytes.fromhex("300c06082a8648ce3d0403020500"),
    ),
    "RFC 5480 2.1.1: another curve": made.certificate(info=P384),
    "RFC 5480 2.2: compressed point": made.certificate(info=COMPRESSED),
    "RFC 5280 4.1.2.4: empty part of a name": made.certificate(
        subject=made.tlv(0x30, made.tlv(0x31))
    ),
    "X.680 41.4: PrintableString with an at sign": made.certificate(
        subject=made.name((made.CN, made.PRINTABLE, b"a@b"))
    ),
    "RFC 3629: UTF8String that is not": made.certificate(
        subject=made.name((made.CN, made.UTF8, b"\xff"))
    ),
    "X.690 8.1.3: serial number whose length has two octets": made.certificate(
        serial=made.tlv(0x02, b"\x7f" * 128)
    ),
    "RFC 5280 4.1.2.5.2: fraction of a second": made.certificate(
        validity=made.tlv(0x30, *(made.tlv(0x18, b"20500101000000.5Z") for _ in range(2)))
    ),
    "RFC 5280 4.1.2.8: subjectUniqueID": made.certificate(extra=made.tlv(0x82, b"\0\1")),
    "RFC 5280 4.1.2.9: no extension": made.certificate(extensions=[]),
    "RFC 5280 4.2: repeated extension": made.certificate(
        extensions=[*made.leaf_extensions(), made.usage(made.KA)]
    ),
    "RFC 5280 4.2.1.1: issuer form of authorityKeyIdentifier": made.certificate(
        extensions=[ISSUER_ONLY]
    ),
    "RFC 5280 4.2.1.3: no usage": made.certificate(extensions=[made.usage("00")]),
    "X.690 11.2.2: usage with trailing zero bits": made.certificate(
        extensions=[made.usage("0080")]
    ),
    "RFC 5280 4.2.1.3: usage bit 9": made.certificate(extensions=[made.usage("068040")]),
    "RFC 5280 4.2.1.4: no policy": made.certificate(extensions=[made.policies()]),
    "RFC 5280 4.2.1.4: repeated policy": made.certificate(
        extensions=[made.policies(made.POLICY, made.POLICY)]
    ),
    "RFC 5280 4.2.1.4: policy with a qualifier": made.certificate(
        extensions=[made.policies(made.POLICY + "3000")]
    ),
    "RFC 5280 4.2.1.9: path length without CA": made.certificate(
        extensions=[made.constraints("020100")]
    ),
    "RFC 5280 4.2.1.9: negative path length": made.certificate(
        extensions=[made.constraints("0101ff0201ff")]
    ),
    "X.690 11.5: CA FALSE written out": made.certificate(extensions=[made.constraints("010100")]),
    "X.690 11.1: critical as 01": made.certificate(
        extensions=[made.tlv(0x30, bytes.fromhex("0603551d0f010101"), made.tlv(4, b"\3\2\7\x80"))]
    ),
    "RFC 4108 5: serial number of 7 octets": made.device(
        extensions=[made.device_name(made.ENTITY[1:])]
    ),
    "RFC 4108 5: another kind of name": made.certificate(
        extensions=[made.extension("0603551d11", True, made.tlv(0x30, made.tlv(0x82, b"a.uk")))]
    ),
    "X.690 8.1.3: over-long length": b"\x30\x83\0" + made.certificate()[2:],
    "trailing octet": made.certificate() + b"\0",
    "empty": b"",
}


@pytest.mark.parametrize("octets", REFUSED.values(), ids=REFUSED.keys())
def test_octets_that_are_no_certificate_are_refused(octets: bytes) -> None:
    with pytest.raises(RemoteError):
        parse_certificate(octets)


def test_certificate_above_the_longest_is_refused_unread() -> None:
    with pytest.raises(RemoteError, match=str(MAX_CERTIFICATE_OCTETS)):
        parse_certificate(bytes(MAX_CERTIFICATE_OCTETS + 1))


def test_a_tag_is_not_ignored_where_octets_are_known_by_heart() -> None:
    """Names, validity, algorithm and key are looked up by octets: their tags count too."""
    octets = made.certificate()
    for part in (
        made.ISSUING_NAME,
        made.SUPPLIER_NAME,
        made.VALIDITY,
        made.key_info(made.LEAF_KEY),
    ):
        changed = octets.replace(part, b"\x31" + part[1:])
        assert changed != octets
        with pytest.raises(RemoteError):
            parse_certificate(changed)


SIGNATURES = {
    "zero octets before the integer": bytes.fromhex("3007020200010201 01".replace(" ", "")),
    "negative": bytes.fromhex("3006020181020101"),
    "33 octets": made.tlv(0x30, made.tlv(2, b"\1" * 33), made.tlv(2, b"\1")),
    "not DER": b"\xff\xff",
    "empty": b"",
}


@pytest.mark.parametrize("value", SIGNATURES.values(), ids=SIGNATURES.keys())
def test_a_malformed_signature_value_is_read_but_verifies_nothing(value: bytes) -> None:
    assert parse_certificate(made.certificate(signature=value)).signature == b""


@pytest.mark.parametrize("make", [made.certificate, made.device, made.root, made.issuing])
def test_certificate_with_any_changed_octet_is_read_or_refused(make: object) -> None:
    assert callable(make)
    octets = make()
    for position in range(len(octets)):
        for mask in (0x01, 0x80, 0xFF):
            changed = bytearray(octets)
            changed[position] ^= mask
            _read_or_refuse(bytes(changed))
        _read_or_refuse(octets[:position])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_certificate_with_a_few_changes_is_read_or_refused(data: st.DataObject) -> None:
    octets = bytearray(made.root())
    for _ in range(data.draw(st.integers(1, 5))):
        position = data.draw(st.integers(0, len(octets) - 1))
        octets[position : position + data.draw(st.integers(0, 3))] = data.draw(
            st.binary(max_size=4)
        )
    _read_or_refuse(bytes(octets))


def _read_or_refuse(octets: bytes) -> None:
    try:
        read = parse_certificate(octets)
    except RemoteError:
        return
    # Never laxer than the schema, and the same values.
    fields = der.decode(CertificateFields, octets, what="certificate")
    assert read.serial == fields.tbs.serial
    assert read.issuer.octets == der.octets_of(fields.tbs.issuer)
    assert read.subject.octets == der.octets_of(fields.tbs.subject)
    assert read.extensions == {
        each.oid.dotted_string: each.critical for each in fields.tbs.extensions
    }
    assert public_key_info(read.public_key) == der.octets_of(fields.tbs.key)
    assert der.encode(fields.tbs) == read.tbs
    assert isinstance(read, Certificate)
    assert read.tbs in octets
    assert len(read.public_key) == 65
    str(read.subject), repr(read), read.subject_role, read.key_usage, read.unknown_critical


def test_refused_certificates_are_refused_by_the_schema_or_for_a_named_reason() -> None:
    """One wrong octet that the schema accepts is refused only for what the schema leaves open."""
    octets = made.certificate()
    reasons: set[str] = set()
    for position in range(len(octets)):
        changed = bytearray(octets)
        changed[position] ^= 0x01
        try:
            der.decode(CertificateFields, bytes(changed), what="certificate")
        except RemoteError:
            with pytest.raises(RemoteError):
                parse_certificate(bytes(changed))
            continue
        try:
            parse_certificate(bytes(changed))
        except RemoteError as error:
            reasons.add(error.reason.split(":")[0])
    assert "name is not valid DER" in reasons  # the schema does not look into names
    assert not reasons & {
        "a length is not DER",
        "a length runs past its value",
        "a value is cut short, or its tag is long",
        "not a certificate",
        "not an INTEGER in DER",
        "a certificate has no extensions",
    }


def test_role_is_two_upper_case_hex_digits() -> None:
    """SEC L Annex A; the reference certificates agree."""
    expected = {
        b"02": RemotePartyRole.SUPPLIER,
        b"7F": RemotePartyRole.OTHER,
        b"87": 0x87,
        b"7f": None,
        b"2": None,
        b"002": None,
        b"XY": None,
    }
    for unit, role in expected.items():
        subject = made.name((made.OU, made.UTF8, unit))
        assert parse_certificate(made.certificate(subject=subject)).subject_role == role


def test_certificate_with_two_units_or_two_identifiers_has_no_role_or_entity() -> None:
    subject = made.name(
        (made.OU, made.UTF8, b"02"),
        (made.OU, made.UTF8, b"03"),
        (made.UID, 3, b"\0" + made.ENTITY),
        (made.UID, 3, b"\0" + made.ENTITY),
    )
    read = parse_certificate(made.certificate(subject=subject))
    assert (read.subject_role, read.subject_unique_id) == (None, None)


def test_certificates_are_equal_by_octets() -> None:
    one, same = parse_certificate(made.certificate()), parse_certificate(made.certificate())
    assert one == same
    assert len({one, same, parse_certificate(made.device())}) == 2


def test_every_published_certificate_is_read(rtds: Path) -> None:
    for octets in published(rtds):
        read, other = parse_certificate(octets), x509.load_der_x509_certificate(octets)
        assert read.serial == other.serial_number
        assert read.tbs == other.tbs_certificate_bytes
        assert read.subject.octets == other.subject.public_bytes()
        assert (read.not_before, read.not_after) == (
            other.not_valid_before_utc,
            other.not_valid_after_utc,
        )
        identifier = other.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        assert read.key_identifier == identifier.value.digest
