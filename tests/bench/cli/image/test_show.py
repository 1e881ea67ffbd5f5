"""``image show``: what a drill left in a meter's flash, for people and for programs."""

import json
import re
from pathlib import Path

import pytest
from filelock import FileLock

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills.setup import set_up
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import profile_of
from firmware_sim.devices.provision import Credentials, OwnKey, provision
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import OWN_KEY_USAGES, ROOT_CELL, DeviceType
from firmware_sim.hw.build.catalogue import BoardDescription, board_named
from firmware_sim.machine.flash.geometry import Geometry


@pytest.fixture(scope="module")
def meter() -> Device:
    setting = set_up(load_story("root-compromise-contingency"), premises=1, seed=1, policy=Policy())
    return next(
        device for device in setting.devices.values() if device.device_type is DeviceType.ESME
    )


@pytest.fixture
def image(meter: Device, tmp_path: Path) -> Path:
    path = tmp_path / "meter.bin"
    path.write_bytes(meter.image())
    return path


@pytest.mark.parametrize("columns", ["60", "80"])
def test_image_show_prints_every_cell_and_cuts_no_identifier(
    columns: str,
    image: Path,
    meter: Device,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert run(["image", "show", str(image)]) == 0
    out = capsys.readouterr().out
    assert f"ESME {meter.entity_id}" in out
    cells = meter.cells()
    assert len(cells) > 5
    for cell, record in cells.items():
        assert str(cell) in out
        assert record.key_identifier.hex() in out
    assert max(map(len, out.splitlines()[3:])) <= int(columns)


def test_image_show_as_json_has_the_same_cells(
    image: Path, meter: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["image", "show", str(image), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["device_type"], document["entity"]) == ("ESME", str(meter.entity_id))
    assert {row["cell"]: row["key_identifier"] for row in document["cells"]} == {
        str(cell): record.key_identifier.hex() for cell, record in meter.cells().items()
    }


@pytest.mark.parametrize("content", [b"", b"\xff" * 65536, b"not an image"])
def test_a_file_that_is_no_image_is_a_usage_error(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(content)
    assert run(["image", "show", str(tmp_path / "file")]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert "is no flash image" in line
    assert line.endswith("give a device's .bin")


@pytest.mark.parametrize("verb", ["show", "verify", "map"])
def test_the_image_of_a_board_in_use_is_read_as_it_stands(
    verb: str, meter: Device, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """QEMU maps a whole memory that begins with the flash, so the file is longer meanwhile."""
    board = board_named("mps2-an385")
    assert board.qemu is not None
    flash = moved_to(meter, geometry_of_board(board))
    path = tmp_path / "board.bin"
    path.write_bytes(flash)
    assert run(["image", verb, str(path)]) == 0
    alone = capsys.readouterr()
    with path.open("r+b") as file:
        file.truncate(board.qemu.memory)
    assert run(["image", verb, str(path)]) == 0
    copied = capsys.readouterr()
    assert copied.out == alone.out
    assert "is a whole memory" in " ".join(copied.err.split())
    assert "in use" not in copied.err
    with FileLock(path.with_name("board.bin.lock")):
        assert run(["image", verb, str(path)]) == 0
    in_use = capsys.readouterr()
    assert in_use.out == alone.out
    assert "shown is what it holds at this moment" in " ".join(in_use.err.split())
    assert not alone.err


def test_registers_stand_under_a_heading_of_their_own(
    image: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["image", "show", str(image)]) == 0
    lines = capsys.readouterr().out.splitlines()
    (heading,) = (at for at, line in enumerate(lines) if line.startswith("Class or cluster, OBIS"))
    assert lines[heading - 1] == ""
    assert re.match(r"[0-9a-f]{4} ", lines[heading + 1])


def test_a_snapshot_is_the_octets_of_the_image_for_its_owner_alone(
    image: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.bin"
    assert run(["image", "save", str(image), str(kept)]) == 0
    assert kept.read_bytes() == image.read_bytes()
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_bytes(b"mine")
    assert run(["image", "save", str(image), str(kept)]) == 4
    assert kept.read_bytes() == b"mine"


def geometry_of_board(board: BoardDescription) -> Geometry:
    flash = board.flash
    return Geometry(
        block_sizes=flash.block_sizes,
        write_unit=flash.write_unit,
        programs_per_unit=flash.programs_per_unit,
        erased_value=flash.erased_value,
    )


def moved_to(device: Device, geometry: Geometry) -> bytes:
    """An image of the device with its first credentials, for another flash."""
    pki = DrillPki.generate(1)
    own = {}
    for usage in OWN_KEY_USAGES:
        private, certificate = pki.issue_device(device.entity_id, usage)
        own[usage] = OwnKey(private, parse_certificate(certificate).public_key, certificate)
    cells = {
        cell: pki.cell_certificate(cell).octets for cell in device.cells() if cell != ROOT_CELL
    }
    credentials = Credentials(root=pki.root().octets, cells=cells, own=own, seed=bytes(32))
    profile = profile_of(device.device_type, Policy())
    return provision(profile, device.entity_id, credentials, geometry=geometry).image()


def test_a_file_without_end_is_no_image(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["image", "show", "/dev/zero"]) == 4
    error = capsys.readouterr().err
    assert "/dev/zero has over 67108864 octets, too many for a flash image" in " ".join(
        error.split()
    )
