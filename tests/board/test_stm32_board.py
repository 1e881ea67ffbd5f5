"""The STM32F405's firmware, whole, on a model of the part and on QEMU's Netduino Plus 2."""

from pathlib import Path

import pytest

from firmware_sim.devices.links.board_protocol import BootRecord, FrameType, ResetCause, StoreResult
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.emulators.availability import why_not
from firmware_sim.hw.emulators.direct import DirectLink
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.emulators.qemu import QemuBoard
from firmware_sim.hw.emulators.unicorn_board import UnicornBoard
from tests.board.emulated import elf, firmware, linked, twin_of

NAME = "stm32f405"


@pytest.fixture(scope="module")
def link() -> DirectLink:
    if missing := why_not("unicorn"):
        pytest.skip(missing)
    return DirectLink(UnicornBoard(board_named(NAME), firmware(NAME)))


def test_board_says_what_its_description_says(link: DirectLink) -> None:
    boot = link.power_on()
    flash = link.board.board.flash
    assert boot.self_test_passed
    assert boot.board == NAME
    assert boot.build_id == Firmware.read(elf(NAME)).build_id
    assert tuple((run.blocks, run.size) for run in boot.blocks) == flash.blocks
    assert (boot.write_unit, boot.programs_per_unit, boot.erased_value) == (
        flash.write_unit, flash.programs_per_unit, flash.erased_value,
    )  # fmt: skip
    assert boot.store is StoreResult.NO_AREA


def test_requested_reset_is_distinguished_from_power_on(link: DirectLink) -> None:
    assert link.power_on().reset_cause is ResetCause.POWER_ON
    link.board.answer_for("crypto_self_test", 1)
    link.board.line.take()
    link.ask(FrameType.RESET)
    link.board.run()
    resets = link.board.resets
    answer = link.ask(FrameType.HELLO)
    assert resets == 1
    assert answer is not None
    assert BootRecord.parse(answer).reset_cause is ResetCause.SOFTWARE


def test_twin_has_the_same_answers_and_the_same_flash() -> None:
    """Erase and program are those of the driver, on sectors 1 to 4."""
    if missing := why_not("unicorn"):
        pytest.skip(missing)
    result = twin_of(f"board:{NAME}?emulator=unicorn")
    assert result["differences"] == 0
    assert result["commands"] >= 3


def test_same_file_runs_on_qemus_board_with_that_processor(tmp_path: Path) -> None:
    """QEMU has no flash controller for it: the firmware comes up, and can store nothing."""
    if missing := why_not("qemu"):
        pytest.skip(missing)
    with QemuBoard(board_named(NAME), elf(NAME)) as board, linked(board, tmp_path) as there:
        assert there.boot.self_test_passed
        assert there.boot.build_id == firmware(NAME).build_id
