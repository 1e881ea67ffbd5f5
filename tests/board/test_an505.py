"""The Cortex-M33 with TrustZone: the same firmware, all of it secure."""

from pathlib import Path

import pytest

from firmware_sim.devices.links.board_protocol import Measurement, ResetCause, StoreResult
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.emulators.direct import DirectLink
from firmware_sim.hw.emulators.qemu import QemuBoard
from firmware_sim.hw.emulators.unicorn_board import UnicornBoard
from tests.board.emulated import elf, firmware, linked, twin_of

NAME = "mps2-an505"

pytestmark = pytest.mark.usefixtures("emulated_board_tools")


def test_cortex_m33_starts_as_its_description_says(tmp_path: Path) -> None:
    board = board_named(NAME)
    with QemuBoard(board, elf(NAME)) as emulator, linked(emulator, tmp_path) as there:
        boot = there.boot
        assert there.reset().reset_cause is ResetCause.SOFTWARE
    assert boot.board == NAME
    assert boot.build_id == firmware(NAME).build_id
    assert boot.self_test_passed
    assert boot.store is StoreResult.NO_AREA
    assert boot.reset_cause is ResetCause.POWER_ON
    assert tuple(map(tuple, boot.blocks)) == board.flash.blocks


def test_cortex_m33_starts_in_unicorn_too() -> None:
    boot = DirectLink(UnicornBoard(board_named(NAME), firmware(NAME))).power_on()
    assert boot.board == NAME
    assert boot.self_test_passed
    assert boot.ticks_per_second == 20_000_000


def test_ticks_of_the_cortex_m33_are_those_of_20_mhz(tmp_path: Path) -> None:
    """An instruction is a nanosecond here, so a tick is 50 of them."""
    with (
        QemuBoard(board_named(NAME), elf(NAME), counting=True) as emulator,
        linked(emulator, tmp_path) as there,
    ):
        ticks = there.measure(Measurement.SHA256, 10, 500)
    # BearSSL's SHA-256: 20,720 instructions for 500 octets on ARMv7-M, measured once on its own.
    assert 0.8 < ticks * 50 / 10 / 20_720 < 1.3


def test_cortex_m33_answers_and_stores_as_the_simulator() -> None:
    result = twin_of(f"board:{NAME}")
    assert result["differences"] == 0
    assert result["commands"] >= 3
