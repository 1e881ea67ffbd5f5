"""How far the firmware is from a Cortex-M0, which no board has: the figures of docs/porting.md."""

from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.hw.build.catalogue import BoardDescription
from firmware_sim.hw.build.firmware import build
from firmware_sim.hw.build.sizes import TEXT_BUDGET, sizes_of
from firmware_sim.hw.build.toolchain import cross_toolchain
from firmware_sim.hw.emulators.qemu import QemuBoard
from tests.board.emulated import linked, mps2

pytestmark = pytest.mark.usefixtures("emulated_board_tools")

MICROBIT_RAM = 16 * 1024


@pytest.fixture(scope="module")
def small() -> BoardDescription:
    """The board that QEMU runs, with the instructions of ARMv6-M only: its processor has more."""
    return replace(mps2(), cpu="cortex-m0")


def test_text_fits_a_cortex_m0_and_variables_do_not_fit_16_kib(small: BoardDescription) -> None:
    sizes = sizes_of(build(small, cross_toolchain("gcc")))
    assert sizes.text < TEXT_BUDGET
    assert sizes.data > 4 * MICROBIT_RAM  # once this fails, a micro:bit is worth a second look


def test_firmware_with_armv6_m_instructions_passes_its_self_test(
    small: BoardDescription, tmp_path: Path
) -> None:
    elf = build(small, cross_toolchain("gcc"))
    with QemuBoard(small, elf) as emulator, linked(emulator, tmp_path) as there:
        assert there.boot.self_test_passed
