"""Paths, names, contingency keys and requests: the firmware decides as the Python does."""

from collections.abc import Sequence
from random import Random

import pytest

from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.certification_request import (
    build_certification_request,
    parse_certification_request,
)
from firmware_sim.gbcs.contingency import (
    WrapAlgorithm,
    unwrap_contingency_key,
    wrap_contingency_key,
)
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import Anchor, validate_path
from firmware_sim.gbcs.roles import KeyUsage
from tests.board.c_certificates import CertificatesInC, Parsed
from tests.board.certificate_mutations import mutated
from tests.board.certificate_webs import web
from tests.gbcs import home_made as made
from tests.support.pki import FIRST, Generation, key

SUITE = P256Suite()
ANCHOR = Anchor(
    Name.parse(made.ROOT_NAME), made.point(made.ROOT_KEY), made.identifier(made.ROOT_KEY)
)
WEBS = 700
NAMES = 4000


def test_a_leaf_under_the_issuing_authority_is_trusted(firmware: CertificatesInC) -> None:
    leaf, issuing = made.certificate(), made.issuing()
    assert _validated(firmware, leaf, [issuing], ANCHOR) == (leaf, issuing)
    assert _validated(firmware, leaf, [], ANCHOR) is None
    forged = made.issuing(signer=made.OTHER_KEY)
    assert _validated(firmware, leaf, [forged], ANCHOR) is None
    assert _validated(firmware, leaf, [forged, issuing], ANCHOR) == (leaf, issuing)


def test_a_path_with_five_candidates_is_refused(firmware: CertificatesInC) -> None:
    leaf, issuing = made.certificate(), made.issuing()
    assert _validated(firmware, leaf, [issuing] * 4, ANCHOR) == (leaf, issuing)
    assert _validated(firmware, leaf, [issuing] * 5, ANCHOR) is None


def test_remembered_signature_check_holds_for_one_certificate_and_one_key(
    firmware: CertificatesInC,
) -> None:
    """What is remembered of a signature serves no other."""
    right, wrong = made.point(made.ISSUING_KEY), made.point(made.OTHER_KEY)
    leaf = _parsed(firmware, made.certificate())
    spoilt = bytearray(made.certificate())
    spoilt[-1] ^= 1
    for _ in range(3):
        assert firmware.is_signed_by(leaf, right)
        assert not firmware.is_signed_by(leaf, wrong)
        assert not firmware.is_signed_by(_parsed(firmware, bytes(spoilt)), right)
    firmware.forget()
    assert not firmware.is_signed_by(_parsed(firmware, bytes(spoilt)), right)
    assert firmware.is_signed_by(leaf, right)


def test_signature_checks_stay_right_beyond_what_is_remembered(
    firmware: CertificatesInC,
) -> None:
    right, wrong = made.point(made.ISSUING_KEY), made.point(made.OTHER_KEY)
    leaves = [
        _parsed(firmware, made.certificate(serial=made.tlv(2, bytes((1, number)))))
        for number in range(40)
    ]
    for _ in range(2):
        assert all(firmware.is_signed_by(each, right) for each in leaves)
        assert not any(firmware.is_signed_by(each, wrong) for each in leaves)


@pytest.mark.parametrize("seed", range(4))
def test_paths_through_webs_of_authorities_are_the_same_in_c_and_python(
    firmware: CertificatesInC, seed: int
) -> None:
    random = Random(seed)
    lengths = []
    for _ in range(WEBS):
        certificate, intermediates, anchor = web(random)
        if random.random() < 0.15:
            signer = random.choice((made.ROOT_KEY, made.ISSUING_KEY, made.LEAF_KEY))
            scalar = signer.private_numbers().private_value.to_bytes(32, "big")
            certificate = mutated(certificate, random, made.root(), scalar)
        if random.random() < 0.7:
            firmware.forget()
        path = _validated(firmware, certificate, intermediates, anchor)
        assert path == _validated_by_python(certificate, intermediates, anchor)
        lengths.append(len(path or ()))
    assert set(lengths) == {0, 1, 2, 3, 4, 5}
    assert 0.3 < lengths.count(0) / WEBS < 0.7


NAMES_THAT_MATCH = {
    "string types": ((made.PRINTABLE, b"Issuing"), (made.UTF8, b"Issuing")),
    "case": ((made.UTF8, b"ISSUING z[A"), (made.UTF8, b"issuing Z[a")),
    "white space": ((made.UTF8, b" a\t b "), (made.PRINTABLE, b"A  B")),
    "nothing but white space": ((made.UTF8, b"  "), (made.UTF8, b"")),
    "other characters, to the octet": ((made.UTF8, b"\xc3\xa9 "), (made.UTF8, b"\xc3\xa9 ")),
}
NAMES_THAT_DIFFER = {
    "a letter": ((made.UTF8, b"Issuing"), (made.UTF8, b"Issuinf")),
    "white space inside": ((made.UTF8, b"ab"), (made.UTF8, b"a b")),
    "a bracket is no letter": ((made.UTF8, b"["), (made.UTF8, b"{")),
    "a type that is no text": ((made.UTF8, b"a"), (0x16, b"a")),
    "case where there is no text": ((0x16, b"a"), (0x16, b"A")),
    "one is longer": ((made.UTF8, b"a"), (made.UTF8, b"a b")),
}


@pytest.mark.parametrize("texts", NAMES_THAT_MATCH.values(), ids=NAMES_THAT_MATCH.keys())
def test_same_names_match_in_c(
    firmware: CertificatesInC, texts: tuple[tuple[int, bytes], tuple[int, bytes]]
) -> None:
    one, other = (made.name((made.CN, *text)) for text in texts)
    assert firmware.names_match(one, other)
    assert firmware.names_match(other, one)
    assert Name.parse(one).matches(Name.parse(other))


@pytest.mark.parametrize("texts", NAMES_THAT_DIFFER.values(), ids=NAMES_THAT_DIFFER.keys())
def test_different_names_do_not_match_in_c(
    firmware: CertificatesInC, texts: tuple[tuple[int, bytes], tuple[int, bytes]]
) -> None:
    one, other = (made.name((made.CN, *text)) for text in texts)
    assert not firmware.names_match(one, other)
    assert not firmware.names_match(other, one)
    assert not Name.parse(one).matches(Name.parse(other))


def test_texts_beyond_ascii_match_to_the_octet_alone(firmware: CertificatesInC) -> None:
    one = made.name((made.CN, made.UTF8, "É a".encode()))
    other = made.name((made.CN, made.UTF8, "é A".encode()))
    assert not Name.parse(one).matches(Name.parse(other))
    assert not firmware.names_match(one, other)
    assert firmware.names_match(one, one)


def test_names_in_ascii_compare_alike(firmware: CertificatesInC) -> None:
    random = Random(1)
    seen = []
    for _ in range(NAMES):
        one = _name(random)
        other = _varied(one, random) if random.random() < 0.8 else _name(random)
        first, second = _joined(one), _joined(other)
        matches = firmware.names_match(first, second)
        assert matches == Name.parse(first).matches(Name.parse(second)), (first, second)
        seen.append(matches)
    assert 0.2 < sum(seen) / NAMES < 0.9


_Parts = list[list[tuple[str, int, bytes]]]


def _name(random: Random) -> _Parts:
    def attribute() -> tuple[str, int, bytes]:
        text = b"".join(
            random.choice((b"A", b"a", b"b", b" ", b"\t", b"\x1c", b"\x0b", b"\x00", b"Z", b"["))
            for _ in range(random.randrange(5))
        )
        tag = random.choice((made.UTF8, made.UTF8, 0x16, 0x03))
        return random.choice((made.OU, made.CN, made.UID)), tag, text

    counts = (random.choice((1, 1, 1, 2, 3)) for _ in range(random.choice((0, 1, 1, 2))))
    return [[attribute() for _ in range(count)] for count in counts]


def _varied(parts: _Parts, random: Random) -> _Parts:
    """Mostly a name that means the same."""

    def attribute(oid: str, tag: int, text: bytes) -> tuple[str, int, bytes]:
        if tag == made.UTF8 and random.random() < 0.5:
            text = random.choice((text.swapcase(), b" " + text, text + b"\t", text))
            text = text.replace(b" ", b" \x1f")
        return oid, tag, text

    varied = [[attribute(*each) for each in part] for part in parts]
    for part in varied:
        if random.random() < 0.15:
            part.append(part[0])
        if random.random() < 0.1:
            part.pop()
    return [part for part in varied if part]


def _joined(parts: _Parts) -> bytes:
    pairs = (
        sorted(
            made.tlv(0x30, bytes.fromhex(oid), made.tlv(tag, content)) for oid, tag, content in part
        )
        for part in parts
    )
    return made.tlv(0x30, *(made.tlv(0x31, *part) for part in pairs))


@pytest.mark.parametrize("algorithm", WrapAlgorithm)
def test_contingency_key_unwraps_in_c_with_the_default_algorithm_only(
    firmware: CertificatesInC, algorithm: WrapAlgorithm
) -> None:
    generation = Generation(wrap=algorithm)
    apex = parse_certificate(generation.root().certificate).wrapped_contingency_key
    assert apex is not None
    opened = firmware.unwrap(apex, generation.symmetric_key)
    if algorithm is WrapAlgorithm.AES128_WRAP_PAD:
        assert opened == SUITE.public_key(generation.contingency_key)
    else:
        assert opened is None


def test_contingency_key_does_not_unwrap_with_another_key_or_off_the_curve(
    firmware: CertificatesInC,
) -> None:
    symmetric, algorithm = bytes(range(16)), WrapAlgorithm.AES128_WRAP_PAD
    point = SUITE.public_key(key("contingency"))
    apex = wrap_contingency_key(point, symmetric, algorithm, SUITE)
    assert firmware.unwrap(apex, symmetric) == point
    assert firmware.unwrap(apex, bytes(16)) is None
    assert firmware.unwrap(apex, symmetric + bytes(16)) is None
    off = point[:-1] + bytes((point[-1] ^ 1,))
    apex = wrap_contingency_key(off, symmetric, algorithm, SUITE)
    assert firmware.unwrap(apex, symmetric) is None


def test_changed_contingency_keys_unwrap_alike_in_c_and_python(firmware: CertificatesInC) -> None:
    random = Random(2)
    symmetric = FIRST.symmetric_key
    apex = parse_certificate(FIRST.root().certificate).wrapped_contingency_key
    gcm = Generation(wrap=WrapAlgorithm.AES128_GCM).root().certificate
    other = parse_certificate(gcm).wrapped_contingency_key
    assert apex is not None
    assert other is not None
    for _ in range(2000):
        octets = mutated(random.choice((apex, other)), random, random.choice((apex, other)))
        try:
            expected: bytes | None = unwrap_contingency_key(
                octets, symmetric, SUITE, allowed={WrapAlgorithm.AES128_WRAP_PAD}
            )
        except RemoteError:
            expected = None
        assert firmware.unwrap(octets, symmetric) == expected, octets.hex()


@pytest.mark.parametrize("usage", [KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT])
def test_certification_requests_are_the_same_octets_in_c_and_python(
    firmware: CertificatesInC, usage: KeyUsage
) -> None:
    entity = EntityId(bytes.fromhex("00db123456789001"))
    lengths = set()
    for number in range(150):
        private = key(f"request {number}")
        request = firmware.request(private, SUITE.public_key(private), usage, entity)
        assert request == build_certification_request(private, usage, entity, SUITE)
        assert parse_certification_request(request).is_self_signed(SUITE)
        lengths.add(len(request))
    # Leading zeros of r and s make some requests shorter.
    assert len(lengths) > 2


def _parsed(firmware: CertificatesInC, octets: bytes) -> Parsed:
    parsed = firmware.parse(octets)
    assert parsed is not None
    return parsed


def _validated(
    firmware: CertificatesInC, certificate: bytes, intermediates: Sequence[bytes], anchor: Anchor
) -> tuple[bytes, ...] | None:
    """The path; None if there is none, or the certificate is none."""
    parsed = firmware.parse(certificate)
    issuers = [each for each in map(firmware.parse, intermediates) if each is not None]
    return None if parsed is None else firmware.validate(parsed, issuers, anchor)


def _validated_by_python(
    certificate: bytes, intermediates: Sequence[bytes], anchor: Anchor
) -> tuple[bytes, ...] | None:
    parsed = _read(certificate)
    issuers = [each for each in map(_read, intermediates) if each is not None]
    if parsed is None:
        return None
    result = validate_path(parsed, issuers, anchor, suite=SUITE)
    return tuple(each.octets for each in result.path) if result else None


def _read(octets: bytes) -> Certificate | None:
    try:
        return parse_certificate(octets)
    except RemoteError:
        return None
