"""A flash image on disk: whole, locked, and up to date even when the process is killed."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_sim.bench.dut.simulated.image_file import ImageFile
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.gbcs.roles import RemotePartyRole
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.codec import decode, encode
from firmware_sim.machine.image.records import Counters, counters_key
from firmware_sim.machine.store import Store, open_image
from tests.ground.tree import ROOT
from tests.support.meter import meter

_SUPPLIER = RemotePartyRole.SUPPLIER

_COUNTING_PROCESS = """
import sys
from pathlib import Path
from firmware_sim.bench.dut.simulated.image_file import ImageFile
from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.records import Counters
from firmware_sim.machine.store import Store
from firmware_sim.gbcs.roles import RemotePartyRole
with ImageFile.attach(Path(sys.argv[1])) as image:
    store = Store.open(image.flash)
    for number in range(2_000, 1_000_000):
        with store.transaction() as transaction:
            transaction.put(*encode(Counters(RemotePartyRole.SUPPLIER, number)))
        print(number, flush=True)
"""


def _make() -> NorFlash:
    return meter().device.flash


def _count_to(flash: NorFlash, number: int) -> None:
    store = Store.open(flash)
    with store.transaction() as transaction:
        transaction.put(*encode(Counters(_SUPPLIER, number)))


def _count_in(path: Path) -> int | None:
    _, store = open_image(path.read_bytes())
    body = store.get(counters_key(_SUPPLIER))
    assert body is not None
    record = decode(counters_key(_SUPPLIER), body)
    assert isinstance(record, Counters)
    return record.execution


def test_a_new_image_holds_what_was_made(tmp_path: Path) -> None:
    path, flash = tmp_path / "esme.bin", _make()
    with ImageFile.attach(path, lambda: flash) as image:
        assert image.created
        assert image.flash.image() == path.read_bytes() == flash.image()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not (tmp_path / "esme.bin.new").exists()


@pytest.mark.parametrize("sync", [False, True])
def test_every_change_is_in_the_file_at_once(tmp_path: Path, sync: bool) -> None:
    path = tmp_path / "esme.bin"
    with ImageFile.attach(path, _make, sync=sync) as image:
        # Enough for the store to move to its other area, which erases blocks.
        for number in range(2_000, 2_800):
            _count_to(image.flash, number)
        assert image.flash.erases > 0
        assert path.read_bytes() == image.flash.image()
        assert _count_in(path) == 2_799


def test_an_image_is_found_as_it_was_left(tmp_path: Path) -> None:
    path = tmp_path / "esme.bin"
    with ImageFile.attach(path, _make) as image:
        _count_to(image.flash, 5_000)
    with ImageFile.attach(path, _make) as again:
        assert not again.created
        assert again.superblock.entity == meter().entity_id
    assert _count_in(path) == 5_000


def test_a_closed_image_changes_no_more(tmp_path: Path) -> None:
    path = tmp_path / "esme.bin"
    with ImageFile.attach(path, _make) as image:
        flash = image.flash
    before = path.read_bytes()
    _count_to(flash, 5_000)
    assert path.read_bytes() == before


def test_a_killed_process_leaves_what_it_had_committed(tmp_path: Path) -> None:
    path = tmp_path / "esme.bin"
    ImageFile.attach(path, _make).close()
    process = subprocess.Popen(
        [sys.executable, "-c", _COUNTING_PROCESS, str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        for _ in range(200):
            told = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        told = max([told, *map(int, process.stdout.read().split("\n")[:-1])])
    assert process.returncode == -signal.SIGKILL
    held = _count_in(path)
    assert held in (told, told + 1)
    ImageFile.attach(path).close()  # and the lock is free


def test_a_second_process_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "esme.bin"
    with ImageFile.attach(path, _make):
        process = subprocess.run(
            [sys.executable, "-c", _COUNTING_PROCESS, str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        with pytest.raises(BenchError, match="in use by another process") as caught:
            ImageFile.attach(path)
    assert f"{path} is in use by another process" in process.stderr.splitlines()[-1]
    assert "\n" not in str(caught.value)


def test_without_a_file_and_nothing_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no image"):
        ImageFile.attach(tmp_path / "esme.bin")


@pytest.mark.parametrize("octets", [b"", b"no image", bytes(32_768), b"\xff" * 32_768])
def test_a_file_that_is_no_image(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "esme.bin"
    path.write_bytes(octets)
    with pytest.raises(UsageError, match="no flash image"):
        ImageFile.attach(path, _make)
    assert path.read_bytes() == octets


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        ImageFile.attach(tmp_path / "nowhere" / "esme.bin", _make)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        ImageFile.attach(tmp_path / "", _make)


def test_a_failed_manufacture_leaves_no_file_and_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "esme.bin"

    def fail() -> NorFlash:
        raise BenchError("no such certificate")

    with pytest.raises(BenchError, match="no such certificate"):
        ImageFile.attach(path, fail)
    assert not path.exists()
    ImageFile.attach(path, _make).close()


def test_a_disk_that_fails_stops_the_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with ImageFile.attach(tmp_path / "esme.bin", _make) as image:
        monkeypatch.setattr(os, "pwrite", full)
        with pytest.raises(BenchError, match=r"cannot write .*: No space left"):
            _count_to(image.flash, 5_000)
