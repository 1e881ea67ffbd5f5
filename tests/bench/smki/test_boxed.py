"""The key store of DCC Boxed, with the certificates of our own drill PKI in it."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import load_der_x509_certificate
from typer.testing import CliRunner, Result

from firmware_sim.bench.cli.main import app
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.content import Fate
from firmware_sim.bench.smki.holdings import Holding
from firmware_sim.bench.smki.importing import Imported, import_pki
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.bench.smki.published import read_keys
from firmware_sim.bench.smki.sources import find
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.roles import CellUsage, RemotePartyRole
from tests.support.foreign_pki import Pair, boxed_store

SUITE = P256Suite()
_ORDER = """\
use_case: CS02b
mode: supplierBySupplier
device: {type: gsme, entity: "0246531000000000"}
cells: [supplier]
counter: 1795000000000
"""


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "200"})


def pair_of(holding: Holding) -> Pair:
    assert holding.cell is not None
    assert holding.private_key is not None
    return Pair(
        str(holding.certificate.subject_unique_id),
        holding.cell.role,
        load_der_x509_certificate(holding.certificate.octets),
        ec.derive_private_key(int.from_bytes(holding.private_key), ec.SECP256R1()),
    )


def name_of(holding: Holding) -> str:
    """In the manner of the published store: Z1-supplierPP-ka."""
    assert holding.cell is not None
    pp = "PP" if holding.cell.cell_usage is CellUsage.PREPAYMENT_TOP_UP else ""
    usage = holding.cell.key_usage.short.lower()
    return f"Z{holding.generation}-{holding.cell.role.label}{pp}-{usage}"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("boxed") / "pki"
    DrillPki.generate(7).save(folder)
    return folder


@pytest.fixture(scope="module")
def held(pki: Path) -> list[Holding]:
    """What parties hold in their own hands, generation 1."""
    return [
        each
        for each in DrillPki.load(pki).holdings
        if each.cell is not None and each.private_key is not None and each.generation == 1
    ]


@pytest.fixture(scope="module")
def store(pki: Path, held: list[Holding]) -> Path:
    usages = [each.cell.key_usage.label for each in held if each.cell is not None]
    entries = zip(usages, map(name_of, held), map(pair_of, held), strict=True)
    return boxed_store(pki.parent / "boxed.json", entries)


def read(source: Path) -> Imported:
    return import_pki(find(source, SUITE), SUITE)


def changed(store: Path, folder: Path, **fields: Any) -> Path:
    """A copy with other fields in the entry of the supplier's digital signature key."""
    document = json.loads(store.read_text())
    (entry,) = document["0246530000000002"]["digitalSignature"].values()
    entry.update(fields)
    copy = folder / "copy.json"
    copy.write_text(json.dumps(document))
    return copy


def test_the_import_gives_the_same_cells_and_keys(store: Path, held: list[Holding]) -> None:
    """Prepayment is told by the name alone."""
    imported = read(store)
    assert set(imported.inventory.holdings) == set(held)
    assert {each.fate for each in imported.lines} == {Fate.TAKEN}
    assert "0246530000000002 pp-ka Z1-supplierPP-ka" in {each.place for each in imported.lines}
    assert len(imported.lines) == 2 * len(held)


def test_a_folder_may_hold_the_store_under_its_published_name(
    store: Path, tmp_path: Path, held: list[Holding]
) -> None:
    (tmp_path / "keystore.json").write_bytes(store.read_bytes())
    assert set(read(tmp_path).inventory.holdings) == set(held)


def test_a_store_with_a_byte_order_mark_is_read(
    store: Path, tmp_path: Path, held: list[Holding]
) -> None:
    """As Windows tools write UTF-8."""
    for name in ("boxed.json", "keystore.json"):
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + store.read_bytes())
    for source in (tmp_path / "boxed.json", tmp_path):
        assert set(read(source).inventory.holdings) == set(held)


def test_pki_import_takes_the_store(store: Path, tmp_path: Path) -> None:
    result = invoke("pki", "import", store, tmp_path / "imported", "--json")
    assert result.exit_code == ExitCode.PASSED, result.output
    supplier = DrillPki.load(tmp_path / "imported").party(RemotePartyRole.SUPPLIER)
    assert len(supplier.certificates) == len(supplier.private_keys) == 3
    for key in supplier.private_keys.values():
        assert key.hex() not in result.output


def test_message_verify_takes_the_store(pki: Path, store: Path, tmp_path: Path) -> None:
    """The signature is the supplier's; for the MAC the device's key is missing."""
    (tmp_path / "order.yaml").write_text(_ORDER)
    file = tmp_path / "command.hex"
    built = invoke("message", "build", tmp_path / "order.yaml", "--pki", pki, "--out", file)
    assert built.exit_code == ExitCode.PASSED
    result = invoke("message", "verify", file, "--keystore", store, "--json")
    (row,) = json.loads(result.stdout)
    assert (row["outcome"], row["signature"]) == ("verified", "verified")
    assert result.exit_code == ExitCode.PASSED


def test_conformance_run_takes_the_store(pki: Path, store: Path, tmp_path: Path) -> None:
    (tmp_path / "order.yaml").write_text(_ORDER)
    folder = tmp_path / "messages"
    folder.mkdir()
    file = folder / "CS02b_SUCCESS_COMMAND_GBCS.HEX"
    built = invoke("message", "build", tmp_path / "order.yaml", "--pki", pki, "--out", file)
    assert built.exit_code == ExitCode.PASSED
    with_store = invoke("conformance", "run", folder, "--keystore", store, "--json")
    without = invoke("conformance", "run", folder, "--json")
    assert json.loads(with_store.stdout)["signatures"]["ok"] == 1
    assert json.loads(without.stdout)["signatures"]["ok"] == 0


def test_an_entry_may_lack_its_key_or_its_certificate(store: Path, tmp_path: Path) -> None:
    """The published form allows either alone."""
    without_key = read(changed(store, tmp_path, privateKey=""))
    supplier = DrillPki(without_key.inventory).party(RemotePartyRole.SUPPLIER)
    assert len(supplier.certificates) == 3
    assert len(supplier.private_keys) == 2
    alone = read(changed(store, tmp_path, certificate=""))
    assert len(DrillPki(alone.inventory).party(RemotePartyRole.SUPPLIER).certificates) == 2
    left_out = [each for each in alone.lines if each.fate is Fate.NO_PLACE]
    assert [each.place for each in left_out] == ["0246530000000002 ds Z1-supplier-ds, private key"]


def test_an_entry_with_neither_ends_in_a_line_too(store: Path, tmp_path: Path) -> None:
    imported = read(changed(store, tmp_path, certificate="", privateKey=""))
    (line,) = (each for each in imported.lines if each.fate is Fate.NOTHING)
    assert line.place == "0246530000000002 ds Z1-supplier-ds"


def _p384() -> str:
    key = ec.derive_private_key(3, ec.SECP384R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"certificate": "-----BEGIN CERTIFICATE-----\nMIIB"}, "cut short"),
        ({"certificate": "MIIB"}, "not one PEM certificate"),
        ({"privateKey": _p384()}, "a key on secp384r1"),
        ({"privateKey": "no key"}, "damaged private key"),
    ],
)
def test_an_entry_that_cannot_be_read_is_refused_and_the_others_are_taken(
    store: Path, tmp_path: Path, fields: dict[str, str], said: str, held: list[Holding]
) -> None:
    imported = read(changed(store, tmp_path, **fields))
    (refused,) = (each for each in imported.lines if each.fate is Fate.REFUSED)
    assert refused.place == "0246530000000002 ds Z1-supplier-ds"
    assert said in refused.text
    assert len(imported.inventory.holdings) >= len(held) - 1


def test_an_entry_under_another_entity_is_taken_as_its_certificate_says(
    store: Path, tmp_path: Path
) -> None:
    document = json.loads(store.read_text())
    document["00-DB-12-34-56-78-90-A0"] = document.pop("0246530000000002")
    (tmp_path / "moved.json").write_text(json.dumps(document))
    told = {each.place: each for each in read(tmp_path / "moved.json").lines}
    line = told["00db1234567890a0 ds Z1-supplier-ds"]
    assert line.fate is Fate.TAKEN
    assert "the certificate is of 0246530000000002" in line.text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "an empty object and no key store"),
        ('{"00": []}', "00: Input should be"),
        ('{"00": {"digitalSignature": {"1": {"certificate": 7}}}}', "certificate: Input should be"),
        ("{" * 5000, "Invalid JSON"),
    ],
)
def test_a_store_in_another_form_is_said_so(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "store.json").write_text(content)
    with pytest.raises(UsageError, match=said) as refusal:
        read_keys(tmp_path / "store.json")
    assert "\n" not in str(refusal.value)


def test_usages_keep_their_meaning(store: Path) -> None:
    usages = {(each.usage, each.is_top_up) for each in read_keys(store)}
    assert usages == {("ds", False), ("ka", False), ("pp-ka", True)}
