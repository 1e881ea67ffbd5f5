"""The nRF52840-DK's firmware, clocks, line and flash controller in Unicorn."""

import pytest

from firmware_sim.devices.links.board_protocol import FrameType, ResetCause, StoreResult
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.emulators.direct import DirectLink
from firmware_sim.hw.emulators.nrf52840 import FlashControl
from firmware_sim.hw.emulators.peripherals import SerialLine, Wiring
from firmware_sim.hw.emulators.unicorn_board import UnicornBoard
from tests.board.emulated import firmware, twin_of
from tests.board.nrf_flash_model import CONFIG, ERASE, ERASE_PAGE, READY, WRITE, NvmcModel

NAME = "nrf52840-dk"
IMAGE, WINDOW = 0xF8000, 0x4001E000


@pytest.mark.usefixtures("emulated_board_tools")
def test_nrf52840_starts_as_its_description_says_and_knows_why() -> None:
    link = DirectLink(UnicornBoard(board_named(NAME), firmware(NAME)))
    boot = link.power_on()
    assert boot.board == NAME
    assert boot.self_test_passed
    assert boot.build_id == firmware(NAME).build_id
    assert boot.store is StoreResult.NO_AREA
    assert tuple(map(tuple, boot.blocks)) == board_named(NAME).flash.blocks
    assert boot.reset_cause is ResetCause.POWER_ON
    link.board.answer_for("crypto_self_test", 1)
    link.board.line.take()
    link.ask(FrameType.RESET)
    hello = link.ask(FrameType.HELLO)
    assert hello is not None
    assert hello[7] == ResetCause.SOFTWARE
    assert link.power_on().reset_cause is ResetCause.POWER_ON


@pytest.mark.usefixtures("emulated_board_tools")
def test_nrf52840_answers_and_stores_as_the_simulator() -> None:
    result = twin_of(f"board:{NAME}")
    assert result["differences"] == 0
    assert result["commands"] >= 3


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([(CONFIG, WRITE), (IMAGE, 0x12345678)], id="a word"),
        pytest.param(
            [(CONFIG, WRITE), (IMAGE, 0x0F0F0F0F), (IMAGE, 0xFF00FF00)], id="no bit goes back"
        ),
        pytest.param([(IMAGE, 0x12345678)], id="read-only"),
        pytest.param([(CONFIG, ERASE), (IMAGE, 0x12345678)], id="open for erasing only"),
        pytest.param(
            [(CONFIG, WRITE), (IMAGE, 0), (CONFIG, ERASE), (ERASE_PAGE, IMAGE)], id="erase"
        ),
        pytest.param([(CONFIG, WRITE), (IMAGE, 0), (ERASE_PAGE, IMAGE)], id="erase while writing"),
        pytest.param(
            [(CONFIG, WRITE), (IMAGE, 0), (CONFIG, ERASE), (ERASE_PAGE, IMAGE + 4)],
            id="erase of no page",
        ),
    ],
)
def test_flash_controller_agrees_with_the_second_model_of_it(steps: list[tuple[int, int]]) -> None:
    """Two readings of the specification, by the driver's test and by the emulator."""
    flash = bytearray(b"\xff" * board_named(NAME).flash.size)
    controller = FlashControl(Wiring(SerialLine(), lambda: 0, lambda: None, memoryview(flash)))
    other = NvmcModel(busy_polls=0)
    for address, value in steps:
        other.write(address, value)
        if address >= WINDOW:
            controller.write(address - WINDOW, value)
        else:
            controller.flash_written(address - IMAGE, value)
            flash[address - IMAGE : address - IMAGE + 4] = value.to_bytes(4, "little")
        assert controller.read(READY - WINDOW) == other.read(READY)
    assert flash[:64] == other.memory[IMAGE : IMAGE + 64]
