"""A PKI folder from elsewhere is foreign input: its manifest names files beneath it only."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki import key_files
from firmware_sim.bench.smki.pki import DrillPki
from tests.bench.smki.old_folders import custody_keys, old_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    DrillPki.generate(7).save(tmp_path / "pki")
    return tmp_path / "pki"


def change_manifest(folder: Path, field: str, change: Callable[[str], str]) -> None:
    """Rewrite one field of the manifest's first entry that has a private key."""
    document = json.loads((folder / "manifest.json").read_text())
    entry = next(each for each in document["certificates"] if each["private_key"])
    entry[field] = change(entry[field])
    (folder / "manifest.json").write_text(json.dumps(document))


@pytest.mark.parametrize("field", ["certificate", "private_key"])
@pytest.mark.parametrize(
    "leave",
    [
        lambda folder, name: str(folder / name),
        lambda folder, name: f"../{folder.name}/{name}",
        lambda folder, name: f"generation-1/../{name}",
    ],
    ids=["absolute", "parent", "parent in the middle"],
)
def test_manifest_that_leaves_its_folder_is_refused(
    folder: Path, field: str, leave: Callable[[Path, str], str]
) -> None:
    """The file that it names is the right one, so that only the way there is judged."""
    change_manifest(folder, field, lambda name: leave(folder, name))
    with pytest.raises(UsageError, match="outside the folder") as refusal:
        DrillPki.load(folder)
    assert "\n" not in str(refusal.value)
    assert run(["pki", "show", str(folder)]) == ExitCode.USAGE


@pytest.mark.parametrize("linked", ["generation-1", "generation-1/root-oca/certificate.pem"])
def test_manifest_that_goes_through_a_link_is_refused(
    folder: Path, tmp_path: Path, linked: str
) -> None:
    (folder / linked).rename(tmp_path / "elsewhere")
    (folder / linked).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="through a link"):
        DrillPki.load(folder)


def test_a_folder_that_is_itself_behind_a_link_is_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert DrillPki.load(tmp_path / "link").holdings == DrillPki.load(folder).holdings


def test_a_file_without_end_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a regular file"):
        key_files.read_octets(Path("/dev/zero"))
    (tmp_path / "long.pem").write_bytes(bytes(key_files.MAX_FILE_OCTETS + 1))
    with pytest.raises(UsageError, match="over 4194304 octets"):
        key_files.read_octets(tmp_path / "long.pem")


def test_a_manifest_without_end_is_not_read(folder: Path) -> None:
    with (folder / "manifest.json").open("r+b") as file:
        file.truncate(2**40)
    with pytest.raises(UsageError, match="too many for a manifest"):
        DrillPki.load(folder)


def test_a_folder_of_version_1_is_converted_to_shares(tmp_path: Path) -> None:
    pki, path = DrillPki.generate(7), tmp_path / "old"
    old_folder(pki, path)
    assert DrillPki.load(path).holdings == pki.holdings
    assert run(["pki", "convert", str(path)]) == ExitCode.PASSED
    assert not list((path / "custody").glob("*.pem"))
    assert not list((path / "custody").glob("*.hex"))
    assert not (path / "custody.new").exists()
    again = DrillPki.load(path)
    assert again.holdings == pki.holdings
    assert custody_keys(again) == custody_keys(pki)


def test_nothing_is_converted_twice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {each: each.read_bytes() for each in folder.rglob("*") if each.is_file()}
    assert run(["pki", "convert", str(folder)]) == ExitCode.PASSED
    assert "nothing to convert" in capsys.readouterr().out.replace("\n", " ")
    assert {each: each.read_bytes() for each in folder.rglob("*") if each.is_file()} == before


def test_a_damaged_old_folder_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "old"
    old_folder(DrillPki.generate(7), path)
    (path / "custody" / "recovery-1.key.pem").write_text("nothing")
    assert run(["pki", "convert", str(path)]) == ExitCode.USAGE
    assert (path / "custody" / "contingency-1.key.pem").is_file()


def test_imported_keys_are_labelled_and_stay_files(tmp_path: Path) -> None:
    source, path = tmp_path / "source", tmp_path / "imported"
    old_folder(DrillPki.generate(7), source)
    (source / "manifest.json").unlink()
    assert run(["pki", "import", str(source), str(path)]) == ExitCode.PASSED
    assert (path / "not-in-custody" / "recovery-1.key.pem").is_file()
    assert not (path / "custody").exists()
    assert DrillPki.load(path).custody.is_imported
