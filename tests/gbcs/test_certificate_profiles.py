"""Each rule of each profile, kept and broken."""

import json
from collections import Counter
from pathlib import Path

import pytest

from firmware_sim.gbcs.certificate_profiles import (
    PROFILES,
    CertificateKind,
    check_profile,
    key_identifier_of,
)
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import P256Suite
from tests.gbcs import home_made as made

SUITE = P256Suite()

KEPT = {
    "Root OCA": (CertificateKind.ROOT_OCA, made.root()),
    "Issuing OCA": (CertificateKind.ISSUING_OCA, made.issuing()),
    "supplier": (CertificateKind.ORGANISATION, made.certificate()),
    "supplier, CA FALSE": (
        CertificateKind.ORGANISATION,
        made.certificate(extensions=[*made.leaf_extensions(), made.constraints("")]),
    ),
    "key agreement": (
        CertificateKind.ORGANISATION,
        made.certificate(extensions=made.leaf_extensions(bits=made.KA)),
    ),
    "device": (CertificateKind.DEVICE, made.device()),
    "Issuing DCA": (CertificateKind.ISSUING_DCA, made.issuing()),
    "Root DCA": (
        CertificateKind.ROOT_DCA,
        made.root(
            extensions=[
                made.usage(made.CS_CRL),
                made.constraints(),
                made.subject_identifier(made.identifier(made.ROOT_KEY)),
                made.policies(made.POLICY),
                made.authority_identifier(made.identifier(made.ROOT_KEY)),
            ]
        ),
    ),
}


@pytest.mark.parametrize(("kind", "octets"), KEPT.values(), ids=KEPT.keys())
def test_valid_certificate_conforms_to_its_profile(kind: CertificateKind, octets: bytes) -> None:
    assert check_profile(parse_certificate(octets), kind, SUITE) == ()


def leaf(without: int | None = None, **changed: bytes) -> bytes:
    """A supplier's certificate with one extension left out or exchanged, by its position."""
    block = made.leaf_extensions()
    if without is not None:
        del block[without]
    for position, value in changed.items():
        block[int(position.removeprefix("at_"))] = value
    return made.certificate(extensions=block)


def root(*, at: int, value: bytes | None = None) -> bytes:
    block = [
        made.usage(made.CS),
        made.constraints(),
        made.subject_identifier(made.identifier(made.ROOT_KEY)),
        made.policies(made.POLICY),
        made.contingency(made.APEX),
    ]
    block[at : at + 1] = [] if value is None else [value]
    return made.root(extensions=block)


def device(*, at: int, value: bytes | None = None) -> bytes:
    block = [
        made.usage(made.KA),
        made.subject_identifier(made.identifier(made.LEAF_KEY)),
        made.device_name(),
        made.policies(made.POLICY),
        made.authority_identifier(made.identifier(made.ISSUING_KEY)),
    ]
    block[at : at + 1] = [] if value is None else [value]
    return made.device(extensions=block)


OFF_CURVE = made.key_info(made.LEAF_KEY)[:-1] + b"\0"
WRONG_IDENTIFIER = made.subject_identifier(bytes(8))
METHOD_ONE = made.subject_identifier(b"\x40" + made.identifier(made.LEAF_KEY)[1:])
ONE_OF_TWO = made.contingency(made.tlv(0x30, made.tlv(4, bytes(104))))

ORGANISATION, DEVICE = CertificateKind.ORGANISATION, CertificateKind.DEVICE
ROOT_OCA, ISSUING_OCA = CertificateKind.ROOT_OCA, CertificateKind.ISSUING_OCA

BROKEN = {
    "serial zero": (ORGANISATION, made.certificate(serial=b"\2\1\0"), "4.1.2.2"),
    "serial negative": (ORGANISATION, made.certificate(serial=b"\2\1\xff"), "4.1.2.2"),
    "serial of 21 octets": (
        ORGANISATION,
        made.certificate(serial=made.tlv(2, b"\1" + bytes(20))),
        "4.1.2.2",
    ),
    "ends before it starts": (
        ORGANISATION,
        made.certificate(
            validity=made.tlv(
                0x30, made.tlv(0x17, b"391231235959Z"), made.tlv(0x17, b"200101000000Z")
            )
        ),
        "4.1.2.5",
    ),
    "keyUsage not critical": (
        ORGANISATION,
        leaf(at_0=made.usage(made.DS, critical=False)),
        "keyUsage",
    ),
    "keyUsage missing": (ORGANISATION, leaf(without=0), "keyUsage"),
    "two usages": (ORGANISATION, leaf(at_0=made.usage("0388")), "one of them"),
    "keyCertSign in a leaf": (ORGANISATION, leaf(at_0=made.usage(made.CS)), "one of them"),
    "key identifier of another key": (ORGANISATION, leaf(at_1=WRONG_IDENTIFIER), "SHA-1"),
    "key identifier by another method": (ORGANISATION, leaf(at_1=METHOD_ONE), "SHA-1"),
    "key identifier critical": (
        ORGANISATION,
        leaf(at_1=made.subject_identifier(made.identifier(made.LEAF_KEY), critical=True)),
        "subjectKeyIdentifier",
    ),
    "key identifier missing": (ORGANISATION, leaf(without=1), "subjectKeyIdentifier"),
    "policies not critical": (
        ORGANISATION,
        leaf(at_2=made.policies(made.POLICY, critical=False)),
        "certificatePolicies",
    ),
    "policies missing": (ORGANISATION, leaf(without=2), "certificatePolicies"),
    "authority identifier missing": (ORGANISATION, leaf(without=3), "authorityKeyIdentifier"),
    "authority identifier critical": (
        ORGANISATION,
        leaf(at_3=made.authority_identifier(b"12345678", critical=True)),
        "authorityKeyIdentifier",
    ),
    "unknown critical extension": (
        ORGANISATION,
        made.certificate(
            extensions=[*made.leaf_extensions(), made.extension("06032a0307", True, b"\5\0")]
        ),
        "every critical extension",
    ),
    "point off the curve": (ORGANISATION, made.certificate(info=OFF_CURVE), "P-256"),
    "no role": (ORGANISATION, made.certificate(subject=made.ISSUING_NAME), "Remote Party Role"),
    "root's role": (
        ORGANISATION,
        made.certificate(
            subject=made.name((made.OU, made.UTF8, b"00"), (made.UID, 3, b"\0" + made.ENTITY))
        ),
        "Remote Party Role",
    ),
    "no entity": (
        ORGANISATION,
        made.certificate(subject=made.name((made.OU, made.UTF8, b"02"))),
        "EUI-64",
    ),
    "a leaf that is a CA": (
        ORGANISATION,
        made.certificate(extensions=[*made.leaf_extensions(), made.constraints()]),
        "does not say CA",
    ),
    "a leaf with a contingency key": (
        ORGANISATION,
        made.certificate(extensions=[*made.leaf_extensions(), made.contingency(made.APEX)]),
        "no contingency key",
    ),
    "root without contingency key": (ROOT_OCA, root(at=4), "WrappedApexContingencyKey"),
    "root with an empty contingency key": (
        ROOT_OCA,
        root(at=4, value=made.contingency(b"\x30\0")),
        "WrappedApexContingencyKey",
    ),
    "root with one field of two": (
        ROOT_OCA,
        root(at=4, value=ONE_OF_TWO),
        "WrappedApexContingencyKey",
    ),
    "root that is no CA": (ROOT_OCA, root(at=1), "basicConstraints"),
    "root whose constraints are not critical": (
        ROOT_OCA,
        root(at=1, value=made.constraints(critical=False)),
        "basicConstraints",
    ),
    "root that signs messages": (ROOT_OCA, root(at=0, value=made.usage(made.DS)), "keyCertSign"),
    "root issued by another": (ROOT_OCA, made.root(issuer=made.ISSUING_NAME), "the same"),
    "root with another's authority identifier": (
        ROOT_OCA,
        root(at=2, value=made.authority_identifier(bytes(8))),
        "certificate's own",
    ),
    "root that is no root": (
        ROOT_OCA,
        made.root(subject=made.ISSUING_NAME, issuer=made.ISSUING_NAME),
        "OU is 00",
    ),
    "Issuing OCA of no path length": (
        ISSUING_OCA,
        made.issuing(extensions=made.issuing_extensions(constraint="0101ff")),
        "path length",
    ),
    "Issuing OCA of another role": (
        ISSUING_OCA,
        made.issuing(subject=made.SUPPLIER_NAME),
        "OU is 07",
    ),
    "device with a subject": (DEVICE, made.device(subject=made.SUPPLIER_NAME), "subject is empty"),
    "device that expires": (DEVICE, made.device(validity=made.VALIDITY), "notAfter"),
    "device without name": (DEVICE, device(at=2), "subjectAltName"),
    "device whose name is not critical": (
        DEVICE,
        device(at=2, value=made.device_name(critical=False)),
        "subjectAltName",
    ),
    "device with two policies": (
        DEVICE,
        device(at=3, value=made.policies(made.POLICY, made.OTHER_POLICY)),
        "one policy",
    ),
}


@pytest.mark.parametrize(("kind", "octets", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_certificate_that_breaks_a_rule_gets_its_complaint(
    kind: CertificateKind, octets: bytes, said: str
) -> None:
    complaints = check_profile(parse_certificate(octets), kind, SUITE)
    assert any(said in complaint for complaint in complaints), complaints


def test_every_rule_names_its_clause() -> None:
    assert all(rule.clause for rules in PROFILES.values() for rule in rules)


def test_certificate_of_one_kind_conforms_to_no_other() -> None:
    samples = dict(KEPT.values())
    for kind, octets in samples.items():
        for other in CertificateKind:
            fits = {kind, other} == {CertificateKind.ISSUING_OCA, CertificateKind.ISSUING_DCA}
            conforms = check_profile(parse_certificate(octets), other, SUITE) == ()
            assert conforms == (kind is other or fits), (kind, other)


def test_key_identifiers_of_all_published_certificates_are_recomputed(rtds: Path) -> None:
    """RFC 5280 4.2.1.2 (2), recomputed for each of them."""
    entries = json.loads((rtds / "keystore.json").read_text())
    read = [parse_certificate(bytes.fromhex(entry["certificate"])) for entry in entries]
    assert len(read) == 416
    assert all(each.key_identifier == key_identifier_of(each.public_key) for each in read)


def test_published_certificates_conform_but_for_the_two_home_made_ones(rtds: Path) -> None:
    """The set's own README: two load controller certificates are not of the test PKI."""
    entries = json.loads((rtds / "keystore.json").read_text())
    complaints: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        read = parse_certificate(bytes.fromhex(entry["certificate"]))
        kind = DEVICE if read.subject.is_empty else ORGANISATION
        for complaint in check_profile(read, kind, SUITE):
            complaints[entry["entity"], complaint] += 1
    missing = "authorityKeyIdentifier is there and not critical [GBCS 12]"
    assert complaints == {("90b3d51f30010008", missing): 2}
