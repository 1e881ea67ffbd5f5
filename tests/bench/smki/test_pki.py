"""The drill PKI: complete, deterministic, chained, and without the keys that custody has."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.checklist import REQUIRED, missing_certificates, missing_keys
from firmware_sim.bench.smki.custody import CustodyKey
from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.bench.smki.parameters import PARTY_CELLS, Parameters, entity_id_of
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificate_profiles import CertificateKind, check_profile
from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.contingency import WrapAlgorithm, unwrap_contingency_key
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import validate_path
from firmware_sim.gbcs.roles import (
    ROOT_CELL,
    CellUsage,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)

SUITE = P256Suite()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DEVICE = EntityId.parse("0246530100000001")
DS, KA = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT


@pytest.fixture(scope="module")
def pki() -> DrillPki:
    return DrillPki.generate(7)


def test_the_same_seed_gives_the_same_pki(pki: DrillPki) -> None:
    again, other = DrillPki.generate(7), DrillPki.generate(8)
    assert again.holdings == pki.holdings
    assert [each.private_key for each in again.holdings] == [
        each.private_key for each in pki.holdings
    ]
    assert not {each.certificate for each in other.holdings} & {
        each.certificate for each in pki.holdings
    }


def test_the_pki_has_all_certificates_of_sec_l_in_both_generations(pki: DrillPki) -> None:
    """SEC L3.23; beyond it, all cells that a device may have."""
    assert [each.paragraph for each in REQUIRED] == list("abcdefghi")
    assert missing_certificates(pki.inventory) == ()
    assert missing_keys(pki.inventory) == ()
    for generation in (1, 2):
        held = {each.cell for each in pki.holdings if each.generation == generation}
        assert held >= set(PARTY_CELLS)


def test_every_certificate_conforms_to_its_profile(pki: DrillPki) -> None:
    link = pki.root_link()
    for each in pki.holdings:
        if each.certificate != link:
            assert check_profile(each.certificate, each.kind, SUITE) == (), each.label


def test_every_party_certificate_chains_to_its_root_and_to_no_other(pki: DrillPki) -> None:
    for each in pki.holdings:
        if each.cell is None:
            continue
        issuing = pki.issuing(each.issuer_generation)
        for generation in (1, 2):
            result = validate_path(
                each.certificate, [issuing], pki.anchor(generation), suite=SUITE, at=NOON
            )
            assert bool(result) == (generation == each.issuer_generation), each.label


def test_the_new_issuing_authority_chains_under_the_old_root_too(pki: DrillPki) -> None:
    supplier = pki.cell_certificate(TrustAnchorCellId(RemotePartyRole.SUPPLIER, DS), 2)
    path = [pki.issuing(2, under=1)]
    assert validate_path(supplier, path, pki.anchor(1), suite=SUITE)


def test_the_link_certificate_is_the_new_roots_key_under_the_old_root(pki: DrillPki) -> None:
    """CMP NewWithOld (RFC 4210 4.4)."""
    link, new = pki.root_link(), pki.root(2)
    assert (link.public_key, link.subject) == (new.public_key, new.subject)
    assert validate_path(link, [], pki.anchor(1), suite=SUITE)
    assert not validate_path(new, [], pki.anchor(1), suite=SUITE)


def test_another_implementation_verifies_every_signature(pki: DrillPki) -> None:
    by_name = {
        (str(each.certificate.subject), each.certificate.key_identifier): each.certificate
        for each in pki.holdings
        if each.certificate.is_ca
    }
    for each in pki.holdings:
        certificate = each.certificate
        authority = certificate.authority_key_identifier or certificate.key_identifier
        issuer = by_name[str(certificate.issuer), authority]
        loaded(certificate).verify_directly_issued_by(loaded(issuer))


def loaded(certificate: Certificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate.octets)


def test_no_issuer_uses_a_serial_number_twice(pki: DrillPki) -> None:
    """RFC 5280 4.1.2.2."""
    certificates = [each.certificate for each in pki.holdings]
    certificates += [
        parse_certificate(pki.issue_device(device, usage)[1])
        for device in (DEVICE, EntityId.parse("0246530100000002"))
        for usage in (DS, KA)
    ]
    serials = {(str(each.issuer), each.serial) for each in certificates}
    assert len(serials) == len(certificates)


def test_private_keys_are_those_of_their_certificates(pki: DrillPki) -> None:
    for each in pki.holdings:
        if each.private_key is not None:
            assert SUITE.public_key(each.private_key) == each.certificate.public_key


def test_two_generations_share_parties_but_no_key(pki: DrillPki) -> None:
    keys = {1: set[bytes](), 2: set[bytes]()}
    for each in pki.holdings:
        keys[each.generation].add(each.certificate.public_key)
    assert not keys[1] & keys[2]
    for role in {cell.role for cell in PARTY_CELLS}:
        entities = {pki.party(role, generation).entity_id for generation in (1, 2)}
        assert entities == {entity_id_of(role)}


def test_a_certificate_under_the_old_authority_has_the_new_key(pki: DrillPki) -> None:
    for cell in PARTY_CELLS:
        new, under_old = pki.cell_certificate(cell, 2), pki.cell_certificate(cell, 2, under=1)
        assert new.public_key == under_old.public_key
        assert under_old.authority_key_identifier == pki.issuing(1).key_identifier


def test_each_root_wraps_its_own_contingency_key(pki: DrillPki) -> None:
    points = set()
    for generation in (1, 2):
        symmetric = pki.custody.compromise(
            CustodyKey.SYMMETRIC, NOON, "test", generation=generation
        )
        apex = pki.root(generation).wrapped_contingency_key
        assert apex is not None
        point = unwrap_contingency_key(
            apex, symmetric, SUITE, allowed={WrapAlgorithm.AES128_WRAP_PAD}
        )
        assert point == pki.custody.public_key(CustodyKey.CONTINGENCY, generation)
        points.add(point)
    assert len(points) == 2


@pytest.mark.parametrize("algorithm", WrapAlgorithm)
def test_roots_wrap_by_any_algorithm(algorithm: WrapAlgorithm) -> None:
    pki = DrillPki.generate(3, Parameters(wrap_algorithm=algorithm))
    assert check_profile(pki.root(), CertificateKind.ROOT_OCA, SUITE) == ()
    symmetric = pki.custody.compromise(CustodyKey.SYMMETRIC, NOON, "test")
    assert len(symmetric) == algorithm.key_octets


def test_nothing_but_custody_has_the_recovery_key(pki: DrillPki, tmp_path: Path) -> None:
    secret = {
        pki.custody.compromise(key, NOON, "test", generation=generation)
        for key in CustodyKey
        for generation in (1, 2)
    }
    assert not secret & {each.private_key for each in pki.holdings}
    recovery = pki.party(RemotePartyRole.RECOVERY)
    assert not recovery.private_keys
    with pytest.raises(PkiError, match="private key"):
        recovery.private_key(DS)
    pki.save(tmp_path / "pki")
    for file in (tmp_path / "pki").rglob("*.pem"):
        if b"PRIVATE KEY" in file.read_bytes() and file.parent.name != "custody":
            key = load_pem_private_key(file.read_bytes(), None)
            scalar = key.private_numbers().private_value  # type: ignore[union-attr]
            assert scalar.to_bytes(32, "big") not in secret


def test_no_private_key_is_printed(pki: DrillPki) -> None:
    shown = repr(pki) + repr(pki.inventory) + repr(pki.party(RemotePartyRole.SUPPLIER))
    shown += repr(pki.holdings)
    for each in pki.holdings:
        if each.private_key is not None:
            assert each.private_key.hex() not in shown
            assert repr(each.private_key) not in shown


def test_a_party_has_what_its_cells_need(pki: DrillPki) -> None:
    supplier = pki.party(RemotePartyRole.SUPPLIER)
    top_up = supplier.certificate(KA, CellUsage.PREPAYMENT_TOP_UP)
    assert top_up != supplier.certificate(KA)
    key = supplier.private_key(KA, CellUsage.PREPAYMENT_TOP_UP)
    assert SUITE.public_key(key) == top_up.public_key
    with pytest.raises(PkiError, match=r"wanProvider\.KA"):
        pki.party(RemotePartyRole.WAN_PROVIDER).certificate(KA)
    with pytest.raises(PkiError, match="other"):
        pki.party(RemotePartyRole.OTHER)


def test_the_root_cells_certificate_is_the_root(pki: DrillPki) -> None:
    assert pki.cell_certificate(ROOT_CELL, 2) == pki.root(2)
    assert pki.cell_certificate(ROOT_CELL, 2, under=1) == pki.root_link()
    with pytest.raises(PkiError, match="generation 3"):
        pki.root(3)


def test_device_certificates_come_in_any_order(pki: DrillPki) -> None:
    signing = pki.issue_device(DEVICE, DS)
    agreeing = pki.issue_device(DEVICE, KA)
    again = DrillPki.generate(7)
    assert (again.issue_device(DEVICE, KA), again.issue_device(DEVICE, DS)) == (agreeing, signing)
    key, octets = signing
    certificate = parse_certificate(octets)
    assert certificate.device_entity_id == DEVICE
    assert certificate.key_usage is DS
    assert SUITE.public_key(key) == certificate.public_key
    assert check_profile(certificate, CertificateKind.DEVICE, SUITE) == ()
    issuing = pki.authority(CertificateKind.ISSUING_DCA).certificate
    loaded(certificate).verify_directly_issued_by(loaded(issuing))
    assert len({key, agreeing[0], pki.issue_device(DEVICE, DS, 2)[0]}) == 3


def test_a_saved_pki_is_loaded_unchanged(pki: DrillPki, tmp_path: Path) -> None:
    pki.save(tmp_path / "pki")
    again = DrillPki.load(tmp_path / "pki")
    assert again.holdings == pki.holdings
    assert again.issue_device(DEVICE, DS) == pki.issue_device(DEVICE, DS)
    assert again.contingency_entity_id == pki.contingency_entity_id
    for key in CustodyKey:
        for generation in (1, 2):
            assert again.custody.compromise(
                key, NOON, "test", generation=generation
            ) == pki.custody.compromise(key, NOON, "test", generation=generation)


def test_files_are_for_the_owner_only_and_say_what_they_are(pki: DrillPki, tmp_path: Path) -> None:
    folder = tmp_path / "pki"
    pki.save(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    secrets = [*folder.rglob("*.key.pem"), *folder.rglob("*.hex")]
    assert len(secrets) > 40
    for file in secrets:
        assert file.stat().st_mode & 0o777 == 0o600
        assert b"for simulation only" in file.read_bytes()
    assert "for simulation only" in (folder / "README.txt").read_text()
    supplier = folder / "generation-1" / "supplier" / "DS.pem"
    read = x509.load_pem_x509_certificate(supplier.read_bytes())
    assert read == loaded(pki.party(RemotePartyRole.SUPPLIER).certificate(DS))


def test_an_existing_folder_is_not_overwritten(pki: DrillPki, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="not empty"):
        pki.save(tmp_path)


def damage_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"format": 1}')


def swap_certificates(folder: Path) -> None:
    supplier = folder / "generation-1" / "supplier"
    (supplier / "DS.pem").write_bytes((supplier / "KA.pem").read_bytes())


def swap_keys(folder: Path) -> None:
    supplier = folder / "generation-1" / "supplier"
    (supplier / "DS.key.pem").write_bytes((supplier / "KA.key.pem").read_bytes())


def remove_certificate(folder: Path) -> None:
    (folder / "generation-1" / "supplier" / "DS.pem").unlink()


def cut_certificate(folder: Path) -> None:
    file = folder / "generation-1" / "supplier" / "DS.pem"
    file.write_text(file.read_text().replace("\n", "\nA", 2))


@pytest.mark.parametrize(
    "damage",
    [damage_manifest, swap_certificates, swap_keys, remove_certificate, cut_certificate],
)
def test_a_damaged_folder_is_an_error_of_one_line(
    pki: DrillPki, tmp_path: Path, damage: object
) -> None:
    folder = tmp_path / "pki"
    pki.save(folder)
    assert callable(damage)
    damage(folder)
    with pytest.raises(UsageError) as refusal:
        DrillPki.load(folder)
    assert str(folder) in str(refusal.value)


def test_a_folder_without_a_pki_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no PKI"):
        DrillPki.load(tmp_path)
