"""What makes a certificate useless is refused with a reason; what a Device judges is not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat

from firmware_sim.bench.smki.acceptance import accept
from firmware_sim.bench.smki.content import Fate
from firmware_sim.bench.smki.importing import import_pki
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.bench.smki.sources import find
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.der import split_content
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole
from tests.support.foreign_pki import party

SUITE = P256Suite()
PAIR = party(RemotePartyRole.SUPPLIER, "90b3d51f30010000", KeyUsage.DIGITAL_SIGNATURE, key=0x2A2A2A)
GOOD = PAIR.certificate_der
# n, the order of P-256 (SEC 2 2.4.2).
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def tlv(tag: int, content: bytes) -> bytes:
    """By X.690 8.1: lengths here are below 128, or have two octets."""
    short = bytes((len(content),)) if len(content) < 0x80 else b"\x82" + len(content).to_bytes(2)
    return bytes((tag,)) + short + content


def with_signature(octets: bytes, value: bytes) -> bytes:
    """The certificate with other octets in the place of the signature value."""
    tbs, algorithm, _ = split_content(octets)
    return tlv(0x30, tbs + algorithm + tlv(0x03, b"\0" + value))


def pair_of(r: int, s: int) -> bytes:
    octets = (each.to_bytes(each.bit_length() // 8 + 1) for each in (r, s))
    return tlv(0x30, b"".join(tlv(0x02, each) for each in octets))


def replaced(old: bytes, new: bytes) -> bytes:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def _null_parameters() -> bytes:
    algorithm = tlv(0x30, bytes.fromhex("06082a8648ce3d0403020500"))
    tbs, old, signature = split_content(GOOD)
    inner = b"".join(algorithm if each == old else each for each in split_content(tbs))
    return tlv(0x30, tlv(0x30, inner) + algorithm + signature)


def _negative_serial() -> bytes:
    return replaced(bytes.fromhex("02032a2a2a"), bytes.fromhex("0203d62a2a"))


def _zero_serial() -> bytes:
    tbs, algorithm, signature = split_content(GOOD)
    version, _, *others = split_content(tbs)
    inner = version + b"\x02\x01\x00" + b"".join(others)
    return tlv(0x30, tlv(0x30, inner) + algorithm + signature)


def _changed(place: int, *elements: bytes) -> bytes:
    """The good certificate with other elements in one place of what was signed."""
    tbs, algorithm, signature = split_content(GOOD)
    inside = split_content(tbs)
    inside[place : place + 1] = elements
    return tlv(0x30, tlv(0x30, b"".join(inside)) + algorithm + signature)


def _validity(since: bytes, until: bytes) -> bytes:
    return _changed(4, tlv(0x30, tlv(0x17, since) + tlv(0x17, until)))


def _with_issuer_unique_id() -> bytes:
    key = split_content(split_content(GOOD)[0])[6]
    return _changed(6, key, b"\x81\x02\x00\x01")


def _point_off_the_curve() -> bytes:
    point = SUITE.public_key(PAIR.scalar)
    return replaced(point, point[:-1] + bytes((point[-1] ^ 1,)))


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (_null_parameters(), "NULL parameters [RFC 5758 3.2]"),
        (_negative_serial(), "serial number is not positive [RFC 5280 4.1.2.2]"),
        (_zero_serial(), "serial number is not positive [RFC 5280 4.1.2.2]"),
        (_changed(1, tlv(0x02, b"\x7f" * 21)), "more than 20 octets [RFC 5280 4.1.2.2]"),
        (_changed(1, tlv(0x02, b"\x00" + b"\xff" * 20)), "more than 20 octets"),
        (_validity(b"391231235959Z", b"200101000000Z"), "ends before it begins [RFC 5280 4.1.2.5]"),
        (_validity(b"200101000001Z", b"200101000000Z"), "ends before it begins"),
        (_with_issuer_unique_id(), "a certificate has 9 elements, not 8"),
        (_point_off_the_curve(), "no point on P-256"),
        (replaced(SUITE.public_key(PAIR.scalar), b"\x04" + bytes(64)), "no point on P-256"),
        (with_signature(GOOD, pair_of(0, 0)), "r or s outside 1 to n - 1"),
        (with_signature(GOOD, pair_of(0, 1)), "r or s outside 1 to n - 1"),
        (with_signature(GOOD, bytes.fromhex("3006020181020101")), "r or s outside 1 to n - 1"),
        (with_signature(GOOD, bytes(range(64))), "no pair of integers"),
        (with_signature(GOOD, b""), "no pair of integers"),
        (with_signature(GOOD, tlv(0x30, b"\x02\x01\x01")), "no pair of integers"),
        (with_signature(GOOD, tlv(0x30, b"\x04\x01\x01\x02\x01\x01")), "no pair of integers"),
        (replaced(bytes.fromhex("a003020102"), bytes.fromhex("a003020155")), "not version 3"),
        (GOOD[:-1], "runs past its value"),
        (b"", "not a certificate"),
        (GOOD + b"\0", "is cut short"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_refused_with_its_reason(
    octets: bytes, reason: str
) -> None:
    with pytest.raises(RemoteError) as refusal:
        accept(octets, SUITE)
    assert reason in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_r_and_s_are_below_the_order_of_the_curve() -> None:
    r, s = decode_dss_signature(PAIR.certificate.signature)
    for pair in ((r, ORDER), (ORDER, s)):
        with pytest.raises(RemoteError, match="outside 1 to n - 1"):
            accept(with_signature(GOOD, pair_of(*pair)), SUITE)


def test_a_serial_number_of_twenty_octets_and_a_period_of_no_length_are_sound() -> None:
    for octets in (
        _changed(1, tlv(0x02, b"\x7f" + b"\xff" * 19)),
        _validity(b"200101000000Z", b"200101000000Z"),
    ):
        assert accept(octets, SUITE).octets == octets


def test_a_sound_certificate_is_taken_as_it_is() -> None:
    assert accept(GOOD, SUITE).octets == GOOD


def test_a_signature_in_more_octets_than_der_allows_is_taken() -> None:
    """Two published Device Certificates have one; a Device does not trust them, no more."""
    r, s = decode_dss_signature(PAIR.certificate.signature)
    padded = tlv(0x30, b"".join(tlv(2, b"\0" * 2 + each.to_bytes(32)) for each in (r, s)))
    assert accept(with_signature(GOOD, padded), SUITE).signature == b""


@pytest.mark.parametrize("change", [lambda s: s ^ 1, lambda s: ORDER - s - 1])
def test_a_root_must_be_signed_with_its_own_key(change: Callable[[int], int]) -> None:
    root = DrillPki.generate(7).root().octets
    r, s = decode_dss_signature(split_content(root)[2][3:])
    with pytest.raises(RemoteError, match="not signed with its own key"):
        accept(with_signature(root, pair_of(r, change(s))), SUITE)


def test_a_new_root_under_the_old_one_is_not_self_signed() -> None:
    link = DrillPki.generate(7).root_link()
    assert accept(link.octets, SUITE) == link


def test_one_odd_certificate_does_not_stop_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "pki"
    pki = DrillPki.generate(7)
    pki.save(folder)
    (folder / "null.der").write_bytes(_null_parameters())
    (folder / "negative.der").write_bytes(_negative_serial())
    imported = import_pki(find(folder, SUITE), SUITE)
    assert set(imported.inventory.holdings) == set(pki.holdings)
    refused = {each.place for each in imported.lines if each.fate is Fate.REFUSED}
    assert refused == {"null.der", "negative.der"}


def test_a_private_key_in_the_place_of_a_certificate_is_not_shown() -> None:
    """SEC1 in DER has the scalar from its eighth octet on."""
    key = PAIR.key_octets(Encoding.DER, PrivateFormat.TraditionalOpenSSL)
    scalar = bytes(29) + bytes.fromhex("2a2a2a")
    assert key[7:39] == scalar
    with pytest.raises(RemoteError) as refusal:
        accept(key, SUITE)
    assert key[:8].hex() not in str(refusal.value)


def test_every_published_certificate_is_accepted(rtds: Path) -> None:
    """Also those with a signature that no strict reader takes."""
    lines = find(rtds, SUITE).lines
    assert [each for each in lines if each.fate is Fate.REFUSED] == []
