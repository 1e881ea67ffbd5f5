"""``evidence sign``, ``evidence verify`` and ``drill report`` as a user types them."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from shutil import copytree, rmtree

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills.story_file import story_source
from firmware_sim.bench.evidence import run_info
from firmware_sim.bench.evidence.folder import LEDGER_NAME, REPORT_NAME
from firmware_sim.bench.evidence.manifest import MANIFEST_NAME
from tests.requirements import require_tool

STORY = "gpf-handover"
WRONG = "expect: {refused: [replayed]}"
Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    assert run(["drill", "run", STORY, "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def folder(drilled: Path, tmp_path: Path) -> Path:
    copied = tmp_path / "run"
    copytree(drilled, copied)
    return copied


def write_key(
    path: Path,
    curve: ec.EllipticCurve | None = None,
    encryption: KeySerializationEncryption | None = None,
) -> Path:
    """A private key, and its public key beside it as ``NAME.pub``."""
    key = ec.generate_private_key(curve or ec.SECP256R1())
    form = PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(Encoding.PEM, form, encryption or NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.with_suffix(".pub").write_bytes(public)
    return path


@pytest.fixture
def officer(tmp_path: Path) -> Path:
    return write_key(tmp_path / "officer.pem")


def refused(arguments: list[str | Path], capsys: Captured) -> str:
    """The one line in which a command is refused."""
    capsys.readouterr()
    assert run([str(each) for each in arguments]) == 4
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def test_openssl_verifies_what_an_officer_signed(
    folder: Path, officer: Path, capsys: Captured
) -> None:
    openssl = require_tool("openssl")
    signing = ["evidence", "sign", str(folder), "--key", str(officer), "--as", "officer"]
    assert run(signing) == 0
    assert "Signed as officer by the key with digest" in capsys.readouterr().out
    (signature,) = (folder / "signatures").glob("officer-*[0-9a-f].sig")
    words = [openssl, "dgst", "-sha256", "-verify", officer.with_suffix(".pub"), "-signature"]
    command = [str(word) for word in (*words, signature, folder / MANIFEST_NAME)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "Verified OK\n"
    (folder / MANIFEST_NAME).write_bytes(b"{}")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1


def test_a_named_officer_and_witness_are_told(
    folder: Path, officer: Path, tmp_path: Path, capsys: Captured
) -> None:
    witness = write_key(tmp_path / "witness.pem")
    for path, name in ((officer, "officer"), (witness, "witness")):
        assert run(["evidence", "sign", str(folder), "--key", str(path), "--as", name]) == 0
    names = [
        word for path in (officer, witness) for word in ("--signer", str(path.with_suffix(".pub")))
    ]
    capsys.readouterr()
    assert run(["evidence", "verify", str(folder), "--json", "--replay", "all", *names]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["signed_by"], told["first_difference"]) == (
        "intact",
        "named",
        None,
    )
    assert [each["as"] for each in told["signers"]] == ["officer", "witness"]
    assert (told["replayed"], told["agree"]) == (1, 1)
    assert told["verdicts"]["devices"] == "right"
    assert not list((folder / "signatures").glob("run-key*"))


def test_without_a_key_a_run_key_of_the_systems_randomness_signs_and_is_called_so(
    tmp_path: Path, capsys: Captured
) -> None:
    keys, folder = set(), tmp_path
    for name in ("first", "second"):
        folder = tmp_path / name
        assert run(["drill", "run", STORY, "--seed", "4", "--out", str(folder)]) == 0
        (pem,) = (folder / "signatures").glob("run-key-*.pem")
        keys.add(pem.read_bytes())
    assert len(keys) == 2
    capsys.readouterr()
    assert run(["evidence", "verify", str(folder)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Intact.")
    assert "Signed by the run's own key alone" in out
    assert "as a whole cannot be told from this one" in out


def test_a_run_key_may_sign_again(folder: Path) -> None:
    assert run(["evidence", "sign", str(folder)]) == 0
    assert len(list((folder / "signatures").iterdir())) == 4
    assert run(["evidence", "verify", str(folder), "--replay", "0"]) == 0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: write_key(path, ec.SECP384R1()), "holds no P-256 key"),
        (
            lambda path: write_key(path, encryption=BestAvailableEncryption(b"secret")),
            "holds no private key that can be read",
        ),
        (lambda path: path.write_bytes(b"no key"), "holds no private key that can be read"),
        (lambda path: path.mkdir(), "cannot read"),
    ],
)
def test_an_officers_key_that_is_none_is_refused_in_one_line(
    make: Callable[[Path], object], words: str, folder: Path, tmp_path: Path, capsys: Captured
) -> None:
    path = tmp_path / "odd.pem"
    make(path)
    before = sorted(folder.rglob("*"))
    error = refused(["evidence", "sign", folder, "--key", path, "--as", "officer"], capsys)
    assert words in error
    assert "odd.pem" in error
    assert sorted(folder.rglob("*")) == before


def test_options_that_do_not_fit_are_refused(folder: Path, officer: Path, capsys: Captured) -> None:
    public = officer.with_suffix(".pub")
    assert "--as go together" in refused(["evidence", "sign", folder, "--key", officer], capsys)
    assert "no P-256 public key" in refused(
        ["evidence", "verify", folder, "--signer", officer], capsys
    )
    for wrong in ("some", "-1", "9" * 30):
        words = refused(["evidence", "verify", folder, f"--replay={wrong}"], capsys)
        assert "is no number" in words
    assert public.exists()


@pytest.mark.parametrize("verb", ["sign", "verify"])
def test_a_folder_without_a_run_is_refused(verb: str, tmp_path: Path, capsys: Captured) -> None:
    assert "holds no run" in refused(["evidence", verb, tmp_path], capsys)
    assert "holds no run" in refused(["evidence", verb, tmp_path / "none"], capsys)


def test_a_run_that_is_half_deleted_is_altered_and_never_signed(
    folder: Path, capsys: Captured
) -> None:
    rmtree(folder / "messages")
    (folder / LEDGER_NAME).unlink()
    capsys.readouterr()
    assert run(["evidence", "verify", str(folder)]) == 1
    assert "run.sqlite: is missing" in capsys.readouterr().out
    assert "nothing was signed" in refused(["evidence", "sign", folder], capsys)


def test_a_run_without_a_manifest_is_not_called_intact(folder: Path, capsys: Captured) -> None:
    (folder / MANIFEST_NAME).unlink()
    capsys.readouterr()
    assert run(["evidence", "verify", str(folder), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["first_difference"]["file"] == MANIFEST_NAME
    assert (
        "cut off before its end, or the file was taken away" in told["first_difference"]["problem"]
    )


KILLED = """
import os, signal, sys
from firmware_sim.bench.cli import main, drill
drill.export = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
main.run(["drill", "run", "gpf-handover", "--out", sys.argv[1]])
"""


def test_a_killed_run_is_sealed_by_its_report_and_says_so(tmp_path: Path, capsys: Captured) -> None:
    folder = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder)], capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert run(["evidence", "verify", str(folder)]) == 1
    assert run(["drill", "report", str(folder)]) == 0
    capsys.readouterr()
    assert run(["evidence", "verify", str(folder)]) == 0
    assert "its manifest was made afterwards, by drill report" in capsys.readouterr().out


def test_a_full_disk_leaves_a_run_that_is_not_called_intact(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path / "run" / MANIFEST_NAME))

    monkeypatch.setattr("firmware_sim.bench.evidence.sealing.write_manifest", full)
    assert run(["drill", "run", STORY, "--out", str(tmp_path / "run")]) == 3
    monkeypatch.undo()
    capsys.readouterr()
    assert run(["evidence", "verify", str(tmp_path / "run")]) == 1
    assert "manifest.json: is missing" in capsys.readouterr().out


def test_three_updates_that_turn_a_failed_run_green_show_in_its_report(
    tmp_path: Path, capsys: Captured
) -> None:
    folder, story = tmp_path / "run", tmp_path / "story.yaml"
    text = story_source(STORY).text
    story.write_text(text.replace("expect: {refused: [no authority]}", WRONG, 1), "utf-8")
    assert run(["drill", "run", str(story), "--out", str(folder)]) == 1
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        database.execute("UPDATE verdict SET verdict = 'passed' WHERE verdict = 'failed'")
        database.execute("UPDATE step_end SET verdict = 'passed', reason = ''")
        database.execute("UPDATE run_end SET outcome = 'passed', devices_verdict = 'right'")
        database.commit()
    capsys.readouterr()
    assert run(["drill", "report", str(folder)]) == 0
    assert "This ledger does not verify." in capsys.readouterr().out
    page = re.sub(r"<[^>]+>", "", (folder / REPORT_NAME).read_text("utf-8"))
    assert "This ledger does not verify." in page
    assert re.search(r"Run\.sqlite, verdict row \d+, verdicts.devices: ", page)
    assert run(["evidence", "verify", str(folder)]) == 1
    told = capsys.readouterr().out
    assert re.search(r"run\.sqlite, verdict row \d+, verdicts.devices: ", told)


def test_no_manifest_is_made_for_a_chain_that_does_not_hold(folder: Path) -> None:
    (folder / MANIFEST_NAME).unlink()
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        database.execute("UPDATE verdict SET verdict = 'failed' WHERE id = 2")
        database.commit()
    assert run(["drill", "report", str(folder)]) == 0
    assert not (folder / MANIFEST_NAME).exists()


def test_a_report_made_again_leaves_an_intact_run_intact(folder: Path) -> None:
    before = (folder / REPORT_NAME).read_bytes()
    (folder / REPORT_NAME).unlink()
    assert run(["drill", "report", str(folder)]) == 0
    assert (folder / REPORT_NAME).read_bytes() == before
    assert run(["evidence", "verify", str(folder)]) == 0


def test_other_versions_do_not_write_over_the_files_of_a_manifest(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = {"firmware-sim": "99.0"}
    for module in ("evidence.sealing", "evidence.remaking", "evidence.verifying"):
        monkeypatch.setattr(f"firmware_sim.bench.{module}.versions", lambda: newer)
    assert "was written by other versions" in refused(["drill", "report", folder], capsys)
    assert run(["evidence", "verify", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["compared"] == "data"


def test_a_library_that_is_not_here_is_named_by_a_verification(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = run_info.versions()
    here = {name: number for name, number in there.items() if name != "amqtt"}
    for module in ("remaking", "verifying", "run_info"):
        monkeypatch.setattr(f"firmware_sim.bench.evidence.{module}.versions", lambda: here)
    assert run(["evidence", "verify", str(folder)]) == 0
    told = f"have each octet compared: amqtt {there['amqtt']}, here none."
    assert told in capsys.readouterr().out
