"""What others give is read with a bound; what cannot be written is named, and leaves no draft."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware_sim.bench.dut.simulated.image_file import ImageFile
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.experiments.campaign.junit import JUnitCase, write_junit
from firmware_sim.bench.files.strict_yaml import MAX_OCTETS, read_text
from firmware_sim.bench.files.whole_files import new_file, read_bounded
from firmware_sim.machine.flash.geometry import NRF52840
from firmware_sim.machine.flash.nor import NorFlash

FULL = 4096


@contextmanager
def full_disk() -> Iterator[None]:
    """As a full disk, for files that grow beyond `FULL` octets."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FULL, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/urandom"])
def test_a_file_without_end_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} has over 100 octets, too many for a thing"):
        read_bounded(Path(name), 100, "thing")
    with pytest.raises(UsageError, match=f"has over {MAX_OCTETS} octets"):
        read_text(Path(name), "story")


def test_a_file_is_new_or_as_before(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"before")
    with (
        full_disk(),
        pytest.raises(BenchError, match=f"cannot write {path}: "),
        new_file(path) as it,
    ):
        it.write(bytes(2 * FULL))
    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
    with new_file(path) as it:
        it.write(b"after")
    assert path.read_bytes() == b"after"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_first_image_that_finds_no_room_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "meter.bin"
    with full_disk(), pytest.raises(BenchError, match=f"cannot write {path}: "):
        ImageFile.attach(path, lambda: NorFlash(NRF52840))
    assert {each.name for each in tmp_path.iterdir()} <= {"meter.bin.lock"}


def test_the_document_of_a_campaign_that_finds_no_room_is_named() -> None:
    with pytest.raises(BenchError, match="cannot write /dev/full: No space left on device"):
        write_junit("c", {"s": [JUnitCase("n", "k")]}, Path("/dev/full"))


@pytest.mark.parametrize("limit", [4096, 20_000, 60_000, 150_000])
def test_a_drill_on_a_full_disk_names_the_file(limit: int, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    command = (sys.executable, "-m", "firmware_sim", "drill", "run", "gpf-handover")
    done = subprocess.run(
        [*command, "--out", str(folder)],
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 3
    assert last.startswith(f"firmware-sim: cannot write {folder}/")
    assert "Traceback" not in done.stderr
    assert not list(folder.rglob("*.new"))
