"""``pki new``, ``pki show``, ``pki import``: what a person and a script see."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate
from typer.testing import CliRunner

from firmware_sim.bench.cli.pki import app
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "160"})
    if result.exception is not None:
        raise result.exception
    return result.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run("new", tmp_path / "pki", "--seed", "7")
    return tmp_path / "pki"


def test_new_makes_the_pki_of_its_seed(folder: Path) -> None:
    assert DrillPki.load(folder).holdings == DrillPki.generate(7).holdings


def test_show_lists_every_certificate(folder: Path) -> None:
    shown = run("show", folder)
    for each in DrillPki.generate(7).holdings:
        assert each.certificate.key_identifier.hex() in shown
    assert "Root OCA link" in shown
    assert "custody" in shown
    assert "missing" not in shown


def test_show_as_json_says_where_keys_are_and_never_shows_them(folder: Path) -> None:
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


def test_import_tells_what_is_missing(folder: Path, tmp_path: Path) -> None:
    source = folder / "generation-1" / "supplier"
    told = run("import", source, tmp_path / "imported")
    assert "missing: Root OCA Certificate [SEC L3.23(a)]" in told
    assert "missing: no recovery key" in told
    again = json.loads(run("show", tmp_path / "imported", "--json"))
    assert len(again["certificates"]) == 3
    assert len(again["missing"]) == 9 + 4


def test_import_of_the_published_key_store(rtds: Path, tmp_path: Path) -> None:
    told = run("import", rtds, tmp_path / "imported")
    assert "Root OCA Certificate [SEC L3.23(a)], its public key is known" in told
    assert "and 400 Device Certificates" in run("show", tmp_path / "imported")


def test_mistakes_are_usage_errors(folder: Path, tmp_path: Path) -> None:
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


def validity(file: Path) -> tuple[datetime, datetime]:
    """As another implementation reads it."""
    certificate = load_pem_x509_certificate(file.read_bytes())
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def test_new_takes_the_validity_of_all_certificates(tmp_path: Path) -> None:
    folder = tmp_path / "pki"
    run("new", folder, "--valid-from", "2045-02-01", "--valid-to", "2055-03-31")
    for file in ("generation-1/root-oca/certificate.pem", "generation-2/supplier/DS.pem"):
        assert validity(folder / file) == (
            datetime(2045, 2, 1, tzinfo=UTC),
            datetime(2055, 3, 31, 23, 59, 59, tzinfo=UTC),
        )


def test_a_device_certificate_starts_with_its_pki_and_never_expires(tmp_path: Path) -> None:
    """Also after the folder was read again, which does not know how it was made."""
    run("new", tmp_path / "pki", "--valid-from", "2001-02-03", "--valid-to", "2002-01-01")
    device = EntityId.parse("0246531100000000")
    loaded = DrillPki.load(tmp_path / "pki")
    _, octets = loaded.issue_device(device, KeyUsage.DIGITAL_SIGNATURE)
    certificate = load_der_x509_certificate(octets)
    assert certificate.not_valid_before_utc == datetime(2001, 2, 3, tzinfo=UTC)
    assert certificate.not_valid_after_utc == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_new_takes_the_longest_validity_that_there_is(tmp_path: Path) -> None:
    """RFC 5280 4.1.2.5: UTCTime starts in 1950, GeneralizedTime ends with 9999."""
    run("new", tmp_path / "pki", "--valid-from", "1950-01-01", "--valid-to", "9999-12-31")
    assert validity(tmp_path / "pki" / "generation-1" / "supplier" / "DS.pem") == (
        datetime(1950, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    )
    run("show", tmp_path / "pki")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--valid-from", "0001-01-01"), "0001-01-01 to 2039-12-31"),
        (("--valid-from", "1949-12-31"), "1949-12-31 to 2039-12-31"),
        (("--valid-from", "9999-12-31"), "9999-12-31 to 2039-12-31"),
        (("--valid-to", "0001-01-01"), "2020-01-01 to 0001-01-01"),
        (("--valid-from", "2030-01-02", "--valid-to", "2030-01-01"), "2030-01-02 to 2030-01-01"),
        (("--valid-from", "2030-02-30"), "'2030-02-30' is no date"),
        (("--valid-to", "10000-01-01"), "'10000-01-01' is no date"),
        (("--valid-to", "tomorrow"), "'tomorrow' is no date"),
    ],
)
def test_a_validity_that_cannot_be_is_refused_with_its_span(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        run("new", tmp_path / "pki", *options)
    assert not (tmp_path / "pki").exists()
