"""``image show``: what a drill left in a meter's flash, for people and for programs."""

import json
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills.setup import set_up
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType


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


def test_image_show_prints_every_cell(
    image: Path, meter: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["image", "show", str(image)]) == 0
    out = capsys.readouterr().out
    assert f"ESME {meter.entity_id}" in out
    cells = meter.cells()
    assert len(cells) > 5
    for cell, record in cells.items():
        assert str(cell) in out
        assert record.key_identifier.hex() in out


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
