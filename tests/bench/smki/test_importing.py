"""A foreign PKI: the reference set's key store, and PEM files."""

import json
import shutil
from pathlib import Path

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.checklist import missing_certificates, missing_keys
from firmware_sim.bench.smki.content import Fate, ImportLine
from firmware_sim.bench.smki.custody import CustodyKey
from firmware_sim.bench.smki.importing import Imported, import_pki
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.bench.smki.sources import find
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import validate_path
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole
from tests.bench.smki.old_folders import old_folder

SUITE = P256Suite()
DS = KeyUsage.DIGITAL_SIGNATURE


def read(source: Path) -> Imported:
    return import_pki(find(source, SUITE), SUITE)


def told(imported: Imported, place: str) -> ImportLine:
    """The one line about a place."""
    (line,) = (each for each in imported.lines if each.place == place)
    return line


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    old_folder(DrillPki.generate(7), tmp_path / "pki")
    return tmp_path / "pki"


def test_pem_files_that_we_wrote_are_imported_unchanged(folder: Path) -> None:
    """Also without the manifest: everything is told from the certificates."""
    (folder / "manifest.json").unlink()
    original, imported = DrillPki.generate(7), read(folder)
    assert imported.notes == ()
    assert {each.fate for each in imported.lines} == {Fate.TAKEN, Fate.NOTHING}
    assert set(imported.inventory.holdings) == set(original.holdings)
    assert missing_certificates(imported.inventory) == ()
    assert missing_keys(imported.inventory) == ()
    for key in CustodyKey:
        assert imported.inventory.custody.holds(key, 2)


def test_certificates_and_keys_may_lie_in_one_file(folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "one"
    source.mkdir()
    parts = sorted(folder.glob("generation-1/*/*.pem"))
    (source / "all.pem").write_bytes(b"".join(each.read_bytes() for each in parts[:2]))
    assert read(source).inventory.holdings != ()


def test_missing_certificates_are_listed_after_an_import(folder: Path) -> None:
    shutil.rmtree(folder / "generation-1" / "wanProvider")
    shutil.rmtree(folder / "generation-2")
    shutil.rmtree(folder / "custody")
    (folder / "generation-1" / "issuing-dca" / "certificate.key.pem").unlink()
    imported = read(folder)
    assert [str(each) for each in missing_certificates(imported.inventory)] == [
        "wanProvider.DS Certificate [SEC L3.23(h)]"
    ]
    told = " ".join(missing_keys(imported.inventory))
    assert all(word in told for word in ("recovery", "contingency", "symmetric", "Issuing DCA"))


def test_a_root_that_wraps_another_contingency_key_is_reported(folder: Path) -> None:
    custody = folder / "custody"
    (custody / "contingency-1.key.pem").write_bytes(
        (custody / "contingency-2.key.pem").read_bytes()
    )
    (custody / "symmetric-2.hex").write_text("00" * 16)
    first, second = sorted(read(folder).notes)
    assert "generation 1 wraps another contingency key" in first
    assert "generation 2" in second
    assert "does not unwrap" in second


def test_the_published_key_store_is_imported(rtds: Path) -> None:
    imported = read(rtds)
    pki = DrillPki(imported.inventory)
    assert [each.paragraph for each in missing_certificates(imported.inventory)] == list("abcd")
    supplier = pki.party(RemotePartyRole.SUPPLIER)
    assert len(supplier.certificates) == 3
    assert supplier.entity_id == EntityId.parse("90b3d51f30010000")
    assert pki.custody.holds(CustodyKey.RECOVERY)
    assert not pki.party(RemotePartyRole.RECOVERY).private_keys
    # The set's README: this entry is really the second supplier's certificate.
    line = told(imported, "90b3d51f30000007 ka")
    assert line.fate is Fate.NO_PLACE
    assert line.text.startswith("supplier.KA of 90b3d51f30030000: this PKI has one supplier")
    devices = [each for each in pki.holdings if each.certificate.device_entity_id]
    assert len(devices) == 400


def test_a_published_root_known_by_key_is_kept_in_a_folder(rtds: Path, tmp_path: Path) -> None:
    pki = DrillPki(read(rtds).inventory)
    pki.save(tmp_path / "pki")
    again = DrillPki.load(tmp_path / "pki")
    assert again.anchor() == pki.anchor()
    assert str(again.anchor().subject) == "OU=00, CN=ZA"
    assert set(again.holdings) == set(pki.holdings)
    recovery = again.party(RemotePartyRole.RECOVERY).certificate(DS)
    assert not validate_path(recovery, [], again.anchor(), suite=SUITE)


def store(tmp_path: Path, *entries: dict[str, str]) -> Path:
    file = tmp_path / "keystore.json"
    file.write_text(json.dumps(entries))
    return file


def entry(**changed: str) -> dict[str, str]:
    certificate = DrillPki.generate(7).party(RemotePartyRole.SUPPLIER).certificate(DS)
    entity = str(certificate.subject_unique_id)
    return {"entity": entity, "usage": "ds", "certificate": certificate.octets.hex()} | changed


def test_a_key_store_can_be_given_as_file_or_folder(tmp_path: Path) -> None:
    (holding,) = read(store(tmp_path, entry())).inventory.holdings
    assert holding.label == "supplier.DS"
    assert holding.private_key is None


def test_the_usage_in_a_key_store_marks_the_top_up_certificate(tmp_path: Path) -> None:
    pki = DrillPki.generate(7)
    octets = pki.party(RemotePartyRole.SUPPLIER).certificate(KeyUsage.KEY_AGREEMENT).octets
    source = store(tmp_path, entry(usage="pp-ka", certificate=octets.hex()))
    (holding,) = read(source).inventory.holdings
    assert holding.label == "supplier.KA.PP"


def test_a_damaged_certificate_is_left_out_with_a_note(tmp_path: Path) -> None:
    imported = read(store(tmp_path, entry(), entry(usage="ka", certificate="3000")))
    assert len(imported.inventory.holdings) == 1
    assert told(imported, "0246530000000002 ka").fate is Fate.REFUSED


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "no certificate"),
        ("{", "Invalid JSON"),
        ('[{"entity": "00"}]', "usage"),
        ('[{"entity": "00", "usage": "ds", "certificate": "xy"}]', "hex"),
    ],
)
def test_a_malformed_key_store_is_a_usage_error(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "keystore.json").write_text(content)
    with pytest.raises(UsageError, match=said):
        read(tmp_path)


def test_an_impossible_private_key_is_reported_without_its_octets(tmp_path: Path) -> None:
    scalar = "ff" * 32
    imported = read(store(tmp_path, entry(private_scalar=scalar)))
    assert told(imported, "0246530000000002 ds, private key").fate is Fate.REFUSED
    assert scalar not in str(imported)


def test_a_missing_import_source_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        read(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no certificate"):
        read(tmp_path)
