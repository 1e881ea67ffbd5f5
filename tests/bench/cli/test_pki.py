"""``pki new``, ``pki show``, ``pki import``: what a person and a script see."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate
from typer.testing import CliRunner, Result

from firmware_sim.bench.cli.pki import app
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificate_build import CertificateRequest, build_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.distinguished_name import COMMON_NAME, UTF8_STRING, Attribute, Name
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "160"})


def run(*arguments: str | Path) -> str:
    result = invoke(*arguments)
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


def test_pki_subscribers_lists_every_role_its_applicants_and_the_assumptions() -> None:
    shown = run("subscribers")
    assert "Eligible Subscribers" in shown
    assert "assumption: role 8 is later" in shown
    document = json.loads(run("subscribers", "--json"))
    rows = {row["certificate"]: row for row in document["subscribers"]}
    assert rows["supplier (2)"]["who may ask"] == "a Supplier Party"
    assert rows["s1SPxmlSigning (126)"]["condition"] == "from DCC Live System (g)"
    assert rows["loadController (8)"]["clause"] == "assumption"
    assert len(document["assumptions"]) == 2


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


def test_import_says_what_became_of_every_file(folder: Path, tmp_path: Path) -> None:
    """One file cut short: the others are taken, the exit code and the summary say so."""
    key = folder / "generation-1" / "supplier" / "DS.pem"
    key.write_bytes(key.read_bytes()[:300])
    result = invoke("import", folder, tmp_path / "imported")
    assert result.exit_code == ExitCode.DEVICE_FAILED
    files = [each for each in folder.rglob("*") if each.is_file()]
    told = {line.strip().partition(":")[0] for line in result.stdout.splitlines()}
    assert {str(each.relative_to(folder)) for each in files} <= told
    assert "1 refused" in result.stdout
    assert "generation-1/supplier/DS.pem: left out: cut short" in result.stdout
    assert "45 certificates in" in result.stdout
    assert len(DrillPki.load(tmp_path / "imported").holdings) == 45


def test_import_as_json_lists_every_file_and_no_key(folder: Path, tmp_path: Path) -> None:
    (folder / "half.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nMIIB")
    result = invoke("import", folder, tmp_path / "imported", "--json")
    document = json.loads(result.stdout)
    files = [each for each in folder.rglob("*") if each.is_file()]
    assert {each["place"] for each in document["files"]} == {
        str(each.relative_to(folder)) for each in files
    }
    fates = Counter(each["fate"] for each in document["files"])
    assert document["counts"] == {"no place": 0} | fates
    assert fates["refused"] == 1
    assert [each.partition(":")[0] for each in document["left_out"]] == ["half.pem"]
    for each in DrillPki.generate(7).holdings:
        assert each.private_key is None or each.private_key.hex() not in result.stdout


def test_import_of_what_is_sound_but_has_no_place_is_no_failure(
    folder: Path, tmp_path: Path
) -> None:
    orphan = folder / "generation-1" / "supplier" / "DS.pem"
    orphan.unlink()
    result = invoke("import", folder, tmp_path / "imported")
    assert result.exit_code == ExitCode.PASSED
    assert "1 without a place" in result.stdout


def test_import_with_nothing_to_take_lists_the_files_and_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "half.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nMIIB")
    result = invoke("import", tmp_path / "source", tmp_path / "imported")
    assert isinstance(result.exception, UsageError)
    assert "half.pem: left out: cut short" in result.stdout
    assert not (tmp_path / "imported").exists()


def test_import_of_many_files_shows_what_was_left_out_first(tmp_path: Path) -> None:
    """The last of the files is the one that is refused."""
    source = tmp_path / "source"
    DrillPki.generate(7).save(source)
    for number in range(300):
        (source / f"{number}.txt").touch()
    (source / "zz.pem").write_text("-----BEGIN CERTIFICATE-----")
    shown = invoke("import", source, tmp_path / "imported").stdout
    assert "zz.pem: left out" in shown
    assert "more (--json lists all)" in shown
    assert len(shown.splitlines()) < 210


def test_import_opens_encrypted_keys_with_a_password_file(folder: Path, tmp_path: Path) -> None:
    key = folder / "generation-1" / "supplier" / "DS.key.pem"
    loaded = load_pem_private_key(key.read_bytes(), None)
    encrypted = BestAvailableEncryption(b"correct horse")
    key.write_bytes(loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encrypted))
    password = tmp_path / "password"
    password.write_text("correct horse\n")
    without = invoke("import", folder, tmp_path / "without")
    assert without.exit_code == ExitCode.DEVICE_FAILED
    assert "give its password with --password-file" in without.stdout
    result = invoke("import", folder, tmp_path / "imported", "--password-file", password)
    assert result.exit_code == ExitCode.PASSED
    assert "correct horse" not in result.output
    supplier = DrillPki.load(tmp_path / "imported").party(RemotePartyRole.SUPPLIER)
    assert len(supplier.private_keys) == 3


@pytest.mark.parametrize("content", ["", "\n"])
def test_a_password_file_without_password_is_a_usage_error(
    folder: Path, tmp_path: Path, content: str
) -> None:
    (tmp_path / "password").write_text(content)
    for file in (tmp_path / "password", tmp_path / "absent", Path("/dev/zero")):
        with pytest.raises(UsageError):
            run("import", folder, tmp_path / "new", "--password-file", file)


def test_foreign_names_reach_the_terminal_without_control_characters(
    folder: Path, tmp_path: Path
) -> None:
    """The name of a file, and the name of an authority in its certificate."""
    text = "\x1b[2J\x1b[32mPassed [bold]x[/y]"
    name = Name.build([Attribute(COMMON_NAME, UTF8_STRING, text.encode())])
    scalar = bytes(31) + b"\x09"
    request = CertificateRequest(
        serial=1,
        issuer=name,
        subject=name,
        not_before=datetime(2020, 1, 1, tzinfo=UTC),
        not_after=datetime(2030, 1, 1, tzinfo=UTC),
        public_key=P256Suite().public_key(scalar),
        key_usages=frozenset({KeyUsage.KEY_CERT_SIGN.value}),
        policies=("1.2.3",),
        is_authority=True,
    )
    source = tmp_path / "source"
    source.mkdir()
    octets = build_certificate(request, scalar, P256Suite())
    (source / "a\x1b[31m\u009b\nb.der").write_bytes(octets)
    outputs = [invoke("import", source, tmp_path / "new").output]
    outputs += [invoke("show", tmp_path / "new", *options).output for options in ([], ["--json"])]
    for output in outputs:
        assert "\x1b" not in output
        assert "\u009b" not in output
    assert "a\\x1b[31m\\x9b\\nb.der: taken" in outputs[0]
    assert "Passed [bold]x[/y]" in " ".join(outputs[1].split())


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
