"""A folder from elsewhere is foreign input: links, devices, endless and countless files."""

import os
from pathlib import Path

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki import content, key_files, source_files
from firmware_sim.bench.smki.content import Fate, ImportLine, SourceContent
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.bench.smki.sources import find
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole
from tests.support.foreign_pki import party

PAIR = party(RemotePartyRole.SUPPLIER, "90b3d51f30010000", KeyUsage.DIGITAL_SIGNATURE, key=41)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.pem").write_bytes(PAIR.key_octets())
    (tmp_path / "pki").mkdir()
    (tmp_path / "pki" / "supplier.pem").write_bytes(PAIR.certificate_pem)
    return tmp_path / "pki"


def read(folder: Path) -> SourceContent:
    return find(folder, P256Suite())


def test_links_that_leave_the_folder_are_not_followed(folder: Path) -> None:
    (folder / "file.pem").symlink_to("../outside/secret.pem")
    (folder / "absolute.pem").symlink_to(folder.parent / "outside" / "secret.pem")
    (folder / "more").symlink_to("../outside")
    found = read(folder)
    assert found.keys == {}
    text = "a link that leaves the folder"
    assert found.lines == [
        ImportLine(name, Fate.REFUSED, text) for name in ("absolute.pem", "file.pem", "more")
    ]


def test_links_within_the_folder_are_read_and_lose_nothing(folder: Path) -> None:
    (folder / "again.pem").symlink_to("supplier.pem")
    (folder / "sub").mkdir()
    (folder / "link").symlink_to("sub")
    (folder / "loop").symlink_to("loop")
    (folder / "absent.pem").symlink_to("nothing")
    told = {each.place: each for each in read(folder).lines}
    assert told["supplier.pem"].text == "the same certificate as again.pem"
    assert told["link"].fate is Fate.NOTHING
    assert told["loop"].text == told["absent.pem"].text == "a link that leads nowhere"


def test_what_is_no_regular_file_is_not_opened(folder: Path) -> None:
    """Opening a named pipe would wait for ever."""
    os.mkfifo(folder / "pipe.pem")
    assert read(folder).lines == [ImportLine("pipe.pem", Fate.REFUSED, "not a regular file")]


def test_endless_and_huge_files_are_not_read(folder: Path) -> None:
    (folder / "zero.pem").symlink_to("/dev/zero")
    with (folder / "huge.pem").open("wb") as file:
        file.truncate(2**40)
    told = {each.place: each for each in read(folder).lines}
    assert told["zero.pem"].text == "a link that leaves the folder"
    assert told["huge.pem"].text == f"it has over {key_files.MAX_FILE_OCTETS} octets"
    for source in ("/dev/zero", "/dev/null"):
        with pytest.raises(UsageError, match="not a regular file"):
            read(Path(source))


def test_a_key_store_that_leaves_the_folder_or_never_ends_is_refused(folder: Path) -> None:
    store = folder / "keystore.json"
    store.symlink_to("../outside/keystore.json")
    (folder.parent / "outside" / "keystore.json").write_text("[]")
    with pytest.raises(UsageError, match="a link that leaves the folder"):
        read(folder)
    store.unlink()
    with store.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(UsageError, match="over 16777216 octets"):
        read(folder)


def test_more_files_than_a_pki_has_are_refused_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_files, "MAX_FILES", 3)
    for number in range(3):
        (folder / f"{number}.txt").touch()
    with pytest.raises(UsageError, match="holds over 3 files") as refusal:
        read(folder)
    assert "\n" not in str(refusal.value)


def test_more_certificates_than_a_pki_has_are_refused_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "MAX_PLACES", 100)
    (folder / "many.pem").write_text("-----BEGIN CERTIFICATE-----\n" * 101)
    with pytest.raises(UsageError, match="over 100 certificates and keys"):
        read(folder)


def test_a_name_may_be_any_octets(folder: Path) -> None:
    (folder / "supplier.pem").rename(folder / "\udcff\x1b[2J.pem")  # the octets FF 1B 5B …
    assert [each.place for each in read(folder).certificates] == ["\udcff\x1b[2J.pem"]


def test_files_beside_a_key_store_are_not_looked_at_and_said_so(folder: Path) -> None:
    pki = DrillPki.generate(7).party(RemotePartyRole.SUPPLIER)
    octets = pki.certificate(KeyUsage.DIGITAL_SIGNATURE).octets
    (folder / "keystore.json").write_text(
        f'[{{"entity": "0246530000000002", "usage": "ds", "certificate": "{octets.hex()}"}}]'
    )
    (line,) = read(folder).lines
    assert line.place == "supplier.pem"
    assert line.fate is Fate.NOTHING
