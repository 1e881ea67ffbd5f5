"""``image show`` of the flash file that an emulated board uses at the same moment."""

import json
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.blueprint import blueprint_of_new
from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.hw.emulators.power import power_up
from tests.board.emulated import elf, linked, mps2

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("emulated_board_tools")]

AGREEMENT = TrustAnchorCellId(RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT)


def shown(path: Path | str, capsys: pytest.CaptureFixture[str]) -> tuple[Any, str]:
    """What the verb says of a file, and what it says beside."""
    assert run(["image", "show", str(path), "--json"]) == 0
    said = capsys.readouterr()
    return json.loads(said.out), " ".join(said.err.split())


@pytest.mark.parametrize("emulator", ["qemu", "unicorn"])
def test_the_flash_of_a_running_board_is_shown_as_it_stands(
    emulator: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "board.bin"
    parties = AllParties()
    simulated = parties.flash(DeviceType.ESME, Policy())
    with power_up(mps2(), elf(), path, emulator) as powered, linked(powered, tmp_path) as board:
        device = BoardDevice(board)
        device.begin(blueprint_of_new(simulated))
        before, beside = shown(path, capsys)
        meter = parties.device(simulated, Policy())
        update = parties.update(meter, ReplacementMode.SUPPLIER_BY_SUPPLIER, (AGREEMENT,))
        assert device.receive(update.build()).refusal is None
        during, _ = shown(path, capsys)
        assert path.read_bytes()[: mps2().flash.size] == board.read_flash()
        assert powered.runs
    after, silence = shown(path, capsys)
    assert during == after
    assert silence == ""
    keys = [
        {each["cell"]: each["key_identifier"] for each in view["cells"]}
        for view in (before, during)
    ]
    assert {cell for cell, key in keys[0].items() if keys[1][cell] != key} == {str(AGREEMENT)}
    assert "shown is what it holds at this moment" in beside


@pytest.mark.parametrize("emulator", ["qemu", "unicorn"])
def test_a_running_board_is_compared_with_what_it_was_before(
    emulator: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, before, copy = (tmp_path / name for name in ("board.bin", "before.bin", "copy.bin"))
    with power_up(mps2(), elf(), path, emulator) as powered, linked(powered, tmp_path) as board:
        BoardDevice(board).begin(blueprint_of_new(AllParties().flash(DeviceType.ESME, Policy())))
        assert run(["image", "save", str(path), str(before)]) == 0
        assert before.stat().st_mode & 0o077 == 0
        copy.write_bytes(path.read_bytes())
        assert run(["image", "save", str(path), str(before)]) == 4
        board.reset()  # it counts its starts
        assert run(["image", "diff", str(before), str(path)]) == 1
        assert "boots" in capsys.readouterr().out
    assert before.stat().st_size == mps2().flash.size
    view, beside = shown(copy, capsys)
    assert "in use" not in beside
    assert ("is a whole memory: the 32768 octets" in beside) is (emulator == "qemu")
    assert view["device_type"] == "ESME"


def test_the_flash_of_a_board_is_asked_for_over_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "board.bin"
    with power_up(mps2(), elf(), path, "unicorn") as powered:
        with linked(powered, tmp_path) as board:
            BoardDevice(board).begin(
                blueprint_of_new(AllParties().flash(DeviceType.ESME, Policy()))
            )
        asked, _ = shown(f"serial:{powered.port}", capsys)
        read, _ = shown(path, capsys)
        assert asked == read
        assert run(["image", "diff", f"serial:{powered.port}", str(path)]) == 0
        assert run(["image", "map", f"serial:{powered.port}"]) == 0


def test_a_board_that_does_not_run_has_no_image(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["image", "show", "board:mps2-an385"]) == 4
    assert "give serial:URL" in " ".join(capsys.readouterr().err.split())
