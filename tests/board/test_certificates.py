"""The firmware reads every certificate as the Python does, and refuses those that it refuses.

The second opinion of a mutation is `gbcs`, whose own tests hold it against the clauses and
against other libraries; expected values of single cases are written down here.
"""

import json
from pathlib import Path
from random import Random

import pytest

from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificate_profiles import CertificateKind, check_profile
from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.contingency import WrapAlgorithm
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage
from tests.board.c_certificates import KINDS, CertificatesInC, said_by_python
from tests.board.certificate_mutations import mutated
from tests.gbcs import home_made as made
from tests.support.device_pki import device_certificate
from tests.support.pki import FIRST, SECOND, Generation

SUITE = P256Suite()
MUTATIONS = 2000
SOURCES = (
    made.certificate(),
    made.root(),
    made.issuing(),
    made.device(),
    FIRST.root().certificate,
    Generation(wrap=WrapAlgorithm.AES256_GCM).root().certificate,
    SECOND.link(FIRST),
    FIRST.leaf("recovery.DS").certificate,
    device_certificate(
        FIRST.leaf("supplier.KA").point, KeyUsage.KEY_AGREEMENT, EntityId(made.ENTITY)
    ),
)


def test_fields_of_a_suppliers_certificate_are_those_put_in(firmware: CertificatesInC) -> None:
    """Values that were put in by hand, so that both readers cannot be wrong alike."""
    parsed = firmware.parse(made.certificate())
    assert parsed is not None
    said = parsed.said()
    assert said["serial"] == 0x41 << 120 | 1
    assert said["issuer"] == made.ISSUING_NAME
    assert said["not before"].isoformat() == "2020-01-01T00:00:00+00:00"
    assert said["not after"].isoformat() == "2039-12-31T23:59:59+00:00"
    assert said["public key"] == made.point(made.LEAF_KEY)
    assert said["authority"] == made.identifier(made.ISSUING_KEY)
    assert (said["role"], said["unique id"]) == (2, made.ENTITY)
    assert firmware.conforms(parsed) == {CertificateKind.ORGANISATION}
    assert firmware.serves(parsed) == {KeyUsage.DIGITAL_SIGNATURE}


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (made.root(), CertificateKind.ROOT_OCA),
        (made.device(), CertificateKind.DEVICE),
        *(
            (Generation(wrap=algorithm).root().certificate, CertificateKind.ROOT_OCA)
            for algorithm in WrapAlgorithm
        ),
        (FIRST.leaf("supplier.KA").certificate, CertificateKind.ORGANISATION),
    ],
)
def test_each_kind_conforms_to_its_own_profile_alone(
    firmware: CertificatesInC, octets: bytes, kind: CertificateKind
) -> None:
    parsed = firmware.parse(octets)
    assert parsed is not None
    assert firmware.conforms(parsed) == {kind}


def test_every_published_certificate_is_read_alike(firmware: CertificatesInC, rtds: Path) -> None:
    entries = json.loads((rtds / "keystore.json").read_text())
    assert entries
    for entry in entries:
        octets = bytes.fromhex(entry["certificate"])
        assert _by_python(octets) is not None
        assert _by_firmware(firmware, octets) == _by_python(octets)


def test_every_certificate_of_a_drill_is_read_alike(firmware: CertificatesInC) -> None:
    holdings = DrillPki.generate(5).holdings
    assert len(holdings) > 20
    for holding in holdings:
        octets = holding.certificate.octets
        assert _by_firmware(firmware, octets) == _by_python(octets)
        # A link certificate of a root is not self-signed, and of no kind.
        if holding.kind in KINDS and holding.generation == holding.issuer_generation:
            parsed = firmware.parse(octets)
            assert parsed is not None
            assert holding.kind in firmware.conforms(parsed)


def test_a_certificate_of_2048_octets_is_read_and_a_longer_one_is_not(
    firmware: CertificatesInC,
) -> None:
    signature = made.tlv(0x30, made.tlv(2, b"\1"), made.tlv(2, b"\1"))

    def certificate(filler: int) -> bytes:
        more = made.extension("06032a0307", False, bytes(filler))
        return made.certificate(extensions=[*made.leaf_extensions(), more], signature=signature)

    room = 1000 + 2048 - len(certificate(1000))
    longest, too_long = certificate(room), certificate(room + 1)
    assert (len(longest), len(too_long)) == (2048, 2049)
    assert firmware.parse(longest) is not None
    assert firmware.parse(too_long) is None


def _set_of(*texts: bytes) -> bytes:
    """A name of one part, its attributes in the order given."""
    units = (made.tlv(0x30, bytes.fromhex(made.OU), made.tlv(made.UTF8, text)) for text in texts)
    return made.tlv(0x30, made.tlv(0x31, *units))


def _with_unknown(*last: str) -> bytes:
    extensions = [made.extension(f"06032a03{each}", False, b"") for each in last]
    return made.certificate(extensions=[*made.leaf_extensions(), *extensions])


def _until(tag: int, text: bytes) -> bytes:
    return made.certificate(
        validity=made.tlv(0x30, made.tlv(0x17, b"200101000000Z"), made.tlv(tag, text))
    )


def _policy(content: bytes) -> bytes:
    return made.certificate(extensions=made.leaf_extensions(policy=made.tlv(6, content).hex()))


READ = {
    "X.690 11.6: a SET in order": made.certificate(subject=_set_of(b"02", b"03")),
    "unknown extensions that differ": _with_unknown("07", "08", "09"),
    "a leap day": _until(0x18, b"24000229000000Z"),
    "RFC 5280 4.1.2.5.1: YY of 49 is 2049, of 50 is 1950": _until(0x17, b"500101000000Z"),
    "an arc of 128 bits": _policy(b"\x2a\x83" + b"\xff" * 17 + b"\x7f"),
    "an object identifier of 63 octets": _policy(b"\x2a" + b"\1" * 62),
    "a UTF8String up to U+10FFFF": made.certificate(subject=_set_of(b"\xf4\x8f\xbf\xbf")),
}
REFUSED = {
    "X.690 10.1: a serial number of 128 octets, whose length has two": made.certificate(
        serial=made.tlv(2, b"\x7f" * 128)
    ),
    "RFC 5280 4.1.2.5.2: a fraction of a second": _until(0x18, b"20600101000000.5Z"),
    "29 February 2100": _until(0x18, b"21000229000000Z"),
    "a leap second": _until(0x17, b"200101000060Z"),
    "RFC 5280 4.2: an extension that is repeated": made.certificate(
        extensions=[*made.leaf_extensions(), made.leaf_extensions()[0]]
    ),
    "an unknown extension that is repeated": _with_unknown("07", "08", "07"),
    "X.690 11.6: a SET out of order": made.certificate(subject=_set_of(b"03", b"02")),
    "X.690 8.19.2: an arc that starts with 80": _policy(b"\x2a\x80\x01"),
    "an arc of 129 bits": _policy(b"\x2a\x84" + b"\x80" * 17 + b"\0"),
    "an object identifier of 64 octets": _policy(b"\x2a" + b"\1" * 63),
    "RFC 3629: a surrogate": made.certificate(subject=_set_of(b"\xed\xa0\x80")),
    "RFC 3629: not the shortest form": made.certificate(subject=_set_of(b"\xe0\x9f\xbf")),
    "RFC 3629: above U+10FFFF": made.certificate(subject=_set_of(b"\xf4\x90\x80\x80")),
}


@pytest.mark.parametrize("octets", READ.values(), ids=READ.keys())
def test_valid_certificate_is_read_alike_in_c_and_python(
    firmware: CertificatesInC, octets: bytes
) -> None:
    assert _by_firmware(firmware, octets) == _by_python(octets)
    assert firmware.parse(octets) is not None


@pytest.mark.parametrize("octets", REFUSED.values(), ids=REFUSED.keys())
def test_invalid_certificate_is_refused_in_c_and_python(
    firmware: CertificatesInC, octets: bytes
) -> None:
    assert _by_python(octets) is None
    assert firmware.parse(octets) is None


@pytest.mark.parametrize("seed", range(4))
def test_changed_certificates_are_read_alike(firmware: CertificatesInC, seed: int) -> None:
    random = Random(seed)
    accepted = 0
    for _ in range(MUTATIONS):
        octets = mutated(random.choice(SOURCES), random, random.choice(SOURCES))
        said = _by_firmware(firmware, octets)
        assert said == _by_python(octets), octets.hex()
        accepted += said is not None
    # Changes that break everything would prove little, and so would changes that break nothing.
    assert 0.1 < accepted / MUTATIONS < 0.5


def _by_python(octets: bytes) -> object:
    """Everything that is known of a certificate; None if it is none."""
    try:
        certificate = parse_certificate(octets)
    except RemoteError:
        return None
    usages = {usage for usage in KeyUsage if certificate.serves(usage)}
    return said_by_python(certificate), _conforms(certificate), usages


def _by_firmware(firmware: CertificatesInC, octets: bytes) -> object:
    parsed = firmware.parse(octets)
    if parsed is None:
        return None
    return parsed.said(), firmware.conforms(parsed), firmware.serves(parsed)


def _conforms(certificate: Certificate) -> set[CertificateKind]:
    return {kind for kind in KINDS if not check_profile(certificate, kind, SUITE)}
