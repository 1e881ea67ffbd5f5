"""``pki new``, ``pki show``, ``pki import``: what a person and a script see."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware_sim.bench.cli.pki import app
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.pki import DrillPki


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "160"})
    if result.exception is not None:
        raise result.exception
    return result.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run("new", tmp_path / "pki", "--seed", "7")
    return tmp_path / "pki"


def test_pki_new_makes_the_pki_of_its_seed(folder: Path) -> None:
    assert DrillPki.load(folder).holdings == DrillPki.generate(7).holdings


def test_pki_show_lists_every_certificate(folder: Path) -> None:
    shown = run("show", folder)
    for each in DrillPki.generate(7).holdings:
        assert each.certificate.key_identifier.hex() in shown
    assert "Root OCA link" in shown
    assert "custody" in shown
    assert "missing" not in shown


def test_pki_show_as_json_says_where_keys_are_and_never_shows_them(folder: Path) -> None:
    text = run("show", folder, "--json")
    rows = json.loads(text)["certificates"]
    pki = DrillPki.generate(7)
    assert len(rows) == len(pki.holdings)
    recovery = [row for row in rows if row["certificate"] == "recovery.DS"]
    assert {row["private_key"] for row in recovery} == {"custody"}
    supplier = next(row for row in rows if row["certificate"] == "supplier.KA.PP")
    assert (supplier["entity_id"], supplier["usage"], supplier["private_key"]) == (
        "0246530000000002",
        "KA",
        "here",
    )
    for each in pki.holdings:
        assert each.private_key is None or each.private_key.hex() not in text


def test_pki_import_lists_what_is_missing(folder: Path, tmp_path: Path) -> None:
    source = folder / "generation-1" / "supplier"
    told = run("import", source, tmp_path / "imported")
    assert "missing: Root OCA Certificate [SEC L3.23(a)]" in told
    assert "missing: no recovery key" in told
    again = json.loads(run("show", tmp_path / "imported", "--json"))
    assert len(again["certificates"]) == 3
    assert len(again["missing"]) == 9 + 4


def test_pki_import_reads_the_published_key_store(rtds: Path, tmp_path: Path) -> None:
    told = run("import", rtds, tmp_path / "imported")
    assert "Root OCA Certificate [SEC L3.23(a)], its public key is known" in told
    assert "and 400 Device Certificates" in run("show", tmp_path / "imported")


def test_wrong_folders_for_pki_verbs_are_usage_errors(folder: Path, tmp_path: Path) -> None:
    for arguments in (
        ("new", folder),
        ("show", tmp_path / "nowhere"),
        ("import", tmp_path / "nowhere", tmp_path / "new"),
        ("import", folder, folder),
    ):
        with pytest.raises(UsageError) as refusal:
            run(*arguments)
        assert refusal.value.exit_code is ExitCode.USAGE
        assert "\n" not in str(refusal.value)
