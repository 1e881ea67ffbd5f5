"""The PKI issues for a signing request, or not at all; a second root only in a replacement."""

import ast
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.population.schema import Population
from firmware_sim.bench.population.smi import SmiStatus
from firmware_sim.bench.smki.coordination import coordination
from firmware_sim.bench.smki.eligibility import NotEligibleError
from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.bench.smki.organisations import OrganisationKeys
from firmware_sim.bench.smki.parameters import entity_id_of
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.bench.smki.register import CertificateRegister, IssuedFor, first_certificates
from firmware_sim.bench.smki.signing_request import (
    AuthoritySigningRequest,
    DeviceSigningRequest,
    of_manufacturer,
    of_responsible_supplier,
    the_dcc,
)
from firmware_sim.gbcs.certificate_profiles import CertificateKind, check_profile
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole, TrustAnchorCellId
from tests.ground.tree import ROOT

SUITE = P256Suite()
PKI = DrillPki.generate(3)
DEVICE = EntityId(bytes(range(8)))
DS = KeyUsage.DIGITAL_SIGNATURE
POINT = PKI.party(RemotePartyRole.SUPPLIER).certificate(DS).public_key
NOON = datetime(2027, 2, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROOT_OCA, ROOT_DCA = CertificateKind.ROOT_OCA, CertificateKind.ROOT_DCA


def request_for(kind: DeviceType, status: SmiStatus) -> DeviceSigningRequest:
    return DeviceSigningRequest(of_manufacturer(kind), DEVICE, DS, POINT, kind, status)


def root_request(kind: CertificateKind, *, replaces: bool = True) -> AuthoritySigningRequest:
    applicant = the_dcc(RemotePartyRole.ROOT if kind is ROOT_OCA else None)
    return AuthoritySigningRequest(applicant, kind, Name.of_authority("Next"), POINT, replaces)


def register() -> CertificateRegister:
    return CertificateRegister(NOON, [IssuedFor("dcc", ROOT_OCA), IssuedFor("dcc", ROOT_DCA)])


def test_a_maker_gets_no_certificate_for_a_device_that_is_installed() -> None:
    pending = request_for(DeviceType.ESME, SmiStatus.PENDING)
    certificate = parse_certificate(PKI.certify_device(pending, 1))
    assert certificate.device_entity_id == DEVICE
    assert certificate.public_key == POINT
    assert check_profile(certificate, CertificateKind.DEVICE, SUITE) == ()
    with pytest.raises(NotEligibleError, match=r"L3\.16"):
        PKI.certify_device(request_for(DeviceType.ESME, SmiStatus.COMMISSIONED), 1)


def test_the_responsible_supplier_gets_one_and_the_other_fuels_does_not() -> None:
    supplier = entity_id_of(RemotePartyRole.SUPPLIER)
    request = replace(
        request_for(DeviceType.GSME, SmiStatus.COMMISSIONED),
        applicant=of_responsible_supplier(DeviceType.GSME, "alpha", supplier),
    )
    assert PKI.certify_device(request, 1)
    with pytest.raises(NotEligibleError):
        PKI.certify_device(replace(request, device_type=DeviceType.ESME), 1)


@pytest.mark.parametrize("kind", [ROOT_OCA, ROOT_DCA])
def test_a_second_root_outside_a_replacement_is_refused_whatever_the_request_says(
    kind: CertificateKind,
) -> None:
    held = register()
    second = IssuedFor("dcc", kind, 2)
    clause = "L3.19(b)" if kind is ROOT_OCA else "L3.17(b)"
    for replaces in (False, True):
        with pytest.raises(NotEligibleError) as refused:
            held.issue(root_request(kind, replaces=replaces), second, NOON)
        assert refused.value.clause == clause
    assert not held.exists(second, NOON + HOUR)
    assert held.live_roots(kind) == (IssuedFor("dcc", kind),)


def test_a_root_is_replaced_from_its_issue_until_the_old_one_is_retired() -> None:
    held, second = register(), IssuedFor("dcc", ROOT_OCA, 2)
    held.begin_root_replacement(ROOT_OCA, NOON)
    held.issue(root_request(ROOT_OCA), second, NOON + HOUR)
    assert not held.exists(second, NOON)
    assert held.exists(second, NOON + HOUR)
    assert len(held.live_roots(ROOT_OCA)) == 2
    assert held.roots_out_of_place() == ()
    assert held.end_root_replacement(ROOT_OCA) == (IssuedFor("dcc", ROOT_OCA),)
    assert held.live_roots(ROOT_OCA) == (second,)
    with pytest.raises(NotEligibleError):
        held.issue(root_request(ROOT_OCA), IssuedFor("dcc", ROOT_OCA, 3), NOON + 2 * HOUR)


def test_a_drill_begins_with_one_generation_of_everything_and_no_second_root() -> None:
    population = Population.model_validate(
        {"premises": 1, "suppliers": {"alpha": "50%", "beta": "50%"}}
    )
    held = CertificateRegister(NOON, first_certificates(population.organisations))
    signing = TrustAnchorCellId.parse("supplier.DS")
    recovery = TrustAnchorCellId.parse("recovery.DS")
    for issued in (
        *(IssuedFor("dcc", kind) for kind in CertificateKind if kind.is_authority),
        *(IssuedFor(name, signing) for name in ("alpha", "beta")),
        IssuedFor("dcc", recovery),
    ):
        assert held.exists(issued, NOON)
        assert not held.exists(issued._replace(generation=2), NOON)
    assert not held.exists(IssuedFor("dcc", signing), NOON)
    assert held.roots_out_of_place() == ()


def test_a_drill_that_begins_with_two_roots_has_them_out_of_place() -> None:
    held = CertificateRegister(NOON, [IssuedFor("dcc", ROOT_OCA, number) for number in (1, 2)])
    assert held.roots_out_of_place() == (ROOT_OCA,)


def test_the_register_keeps_who_got_what_when_and_nothing_twice() -> None:
    held = register()
    cell = TrustAnchorCellId.parse("supplier.DS")
    supplier = entity_id_of(RemotePartyRole.SUPPLIER)
    from_alpha = replace(
        request_for(DeviceType.ESME, SmiStatus.COMMISSIONED),
        applicant=of_responsible_supplier(DeviceType.ESME, "alpha", supplier),
    )
    event = held.issue(from_alpha, IssuedFor("alpha", cell, 2), NOON + HOUR)
    assert str(event) == "supplier.DS Certificate of alpha, generation 2 issued to alpha"
    assert held.events[-1] == event
    with pytest.raises(BenchError, match="issued already"):
        held.issue(from_alpha, IssuedFor("alpha", cell, 2), NOON + HOUR)
    with pytest.raises(BenchError, match="after those before it"):
        held.issue(from_alpha, IssuedFor("alpha", cell, 3), NOON)


def test_a_root_that_is_not_being_replaced_ends_no_replacement() -> None:
    held = register()
    with pytest.raises(BenchError, match="not being replaced"):
        held.end_root_replacement(ROOT_OCA)
    held.begin_root_replacement(ROOT_OCA, NOON)
    with pytest.raises(BenchError, match="being replaced already"):
        held.begin_root_replacement(ROOT_OCA, NOON)


@pytest.mark.parametrize("generation", [1, 2, 5])
def test_a_second_organisation_in_a_role_has_certificates_of_any_generation(
    generation: int,
) -> None:
    beta = OrganisationKeys(PKI, SUITE, RemotePartyRole.SUPPLIER, "beta", 1)
    held = beta.credentials(generation)
    issuer = PKI.issuing()
    assert held.entity_id == entity_id_of(RemotePartyRole.SUPPLIER, 1)
    assert len(held.certificates) == 3
    for cell, certificate in held.certificates.items():
        assert check_profile(certificate, CertificateKind.ORGANISATION, SUITE) == ()
        assert certificate.issuer.matches(issuer.subject)
        assert SUITE.verify(issuer.public_key, certificate.tbs, certificate.signature)
        assert SUITE.public_key(held.private_keys[cell]) == certificate.public_key
    assert held.certificates == beta.credentials(generation).certificates


def test_organisations_and_generations_share_no_key() -> None:
    points = [
        certificate.public_key
        for number in range(3)
        for generation in range(1, 5)
        for certificate in OrganisationKeys(PKI, SUITE, RemotePartyRole.SUPPLIER, "alpha", number)
        .credentials(generation)
        .certificates.values()
    ]
    assert len(set(points)) == len(points) == 3 * 4 * 3


def test_the_first_organisation_is_the_one_that_the_pki_always_had() -> None:
    alpha = OrganisationKeys(PKI, SUITE, RemotePartyRole.SUPPLIER, "alpha")
    assert alpha.credentials(2) == PKI.party(RemotePartyRole.SUPPLIER, 2, 1)


def test_the_dcc_and_recovery_have_no_further_generations() -> None:
    for role in (RemotePartyRole.RECOVERY, RemotePartyRole.ACCESS_CONTROL_BROKER):
        with pytest.raises(PkiError, match="2 generations"):
            OrganisationKeys(PKI, SUITE, role, "dcc").credentials(3)


def test_everybody_beneath_a_replaced_oca_is_asked_and_applies() -> None:
    beneath = ["alpha"] * 3 + ["north"] * 2
    at = {"alpha": NOON, "north": NOON}
    done = coordination(beneath, asked=at, applied=beneath, usual=Fraction(5))
    assert done.faults() == ()
    assert done.demand == 1
    half = coordination(
        beneath, asked={"alpha": NOON}, applied=["alpha", "north"], usual=Fraction(5)
    )
    assert half.not_asked == ("north",)
    assert half.outstanding == ("alpha", "north")
    assert half.faults() == (
        "north was not asked for new requests",
        "alpha has not applied for all of its certificates",
        "north has not applied for all of its certificates",
    )


@pytest.mark.parametrize(
    ("requests", "usual", "exceptional"), [(15, 10, False), (16, 10, True), (3, 0, False)]
)
def test_demand_over_150_per_cent_is_exceptional_and_must_be_notified(
    requests: int, usual: int, exceptional: bool
) -> None:
    each = ["alpha"] * requests
    asked = {"alpha": NOON}
    found = coordination(each, asked=asked, applied=each, usual=Fraction(usual))
    assert found.is_exceptional is exceptional
    assert bool(found.faults()) is exceptional
    told = coordination(each, asked=asked, applied=each, usual=Fraction(usual), notified_at=NOON)
    assert told.faults() == ()


_CONTENTS = {"device_request", "organisation_request", "issuing_request", "root_request"}


def test_only_certification_and_forgers_say_what_a_certificate_holds_without_a_request() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in Path(ROOT, "bench").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").endswith("bench.smki.issuing")
        and _CONTENTS & {alias.name for alias in node.names}
    }
    forgers = ("bench/experiments/", "bench/adversary/")
    honest = {each for each in users if not each.startswith(forgers)}
    assert honest == {"bench/smki/certification.py"}
