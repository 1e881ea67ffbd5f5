"""The STM32F405's firmware, clocks, line and flash interface in Unicorn."""

from struct import pack

import pytest

from firmware_sim.bench.dut.clock import posix_seconds
from firmware_sim.bench.experiments.sweep.board_case import OPERATION, BoardCase, state_of
from firmware_sim.devices.links.board_protocol import FrameType, ResetCause, Result, StoreResult
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.emulators.direct import DirectLink
from firmware_sim.hw.emulators.peripherals import SerialLine, Wiring
from firmware_sim.hw.emulators.stm32f4 import ClocksAndFlash
from firmware_sim.hw.emulators.unicorn_board import UnicornBoard
from tests.board.emulated import firmware
from tests.board.stm32_flash_model import ACR, CR, KEYR, MEMORY, SR, FlashModel

pytestmark = pytest.mark.usefixtures("emulated_board_tools")

NAME = "stm32f405"
IMAGE = 0x08004000
WINDOW = 0x40023000
KEYS = (0x45670123, 0xCDEF89AB)
LOCK, PROGRAM, WORDS, ERASE, START = 1 << 31, 1, 2 << 8, 2, 1 << 16


@pytest.fixture
def link() -> DirectLink:
    made = DirectLink(UnicornBoard(board_named(NAME), firmware(NAME)))
    made.board.answer_for("crypto_self_test", 1)
    return made


def test_stm32f405_starts_as_its_description_says(link: DirectLink) -> None:
    boot = link.power_on()
    assert boot.board == NAME
    assert boot.build_id == firmware(NAME).build_id
    assert tuple(map(tuple, boot.blocks)) == board_named(NAME).flash.blocks
    assert boot.reset_cause is ResetCause.POWER_ON


def test_software_reset_is_reported_as_one(link: DirectLink) -> None:
    link.power_on()
    link.board.line.take()
    link.ask(FrameType.RESET)
    hello = link.ask(FrameType.HELLO)
    assert hello is not None
    assert hello[7] == ResetCause.SOFTWARE
    assert link.board.resets == 1


def test_a_command_leaves_what_it_leaves_on_the_simulated_device(link: DirectLink) -> None:
    case = BoardCase(OPERATION)
    link.power_on()
    for key, body in case.blueprint.records:
        link.ask(FrameType.RECORD, pack("<BH", key.kind, key.number) + body)
    link.ask(FrameType.PROVISION, bytes((case.blueprint.device_type,)) + case.blueprint.entity)
    link.ask(FrameType.CLOCK, pack("<QBB", posix_seconds(case.time), 0, 0))
    answer = link.ask(FrameType.MESSAGE, case.octets)
    assert answer is not None
    assert Result.parse(answer).messages == case.messages
    assert state_of(bytes(link.board.flash)) == case.after
    assert link.power_on().store is StoreResult.OK


def models() -> tuple[ClocksAndFlash, bytearray, FlashModel]:
    """The emulator's flash interface, its memory, and the drivers' own test model beside it."""
    flash = bytearray(b"\xff" * board_named(NAME).flash.size)
    wiring = Wiring(SerialLine(), lambda: 0, lambda: None, memoryview(flash))
    return ClocksAndFlash(wiring), flash, FlashModel(busy_polls=0)


def store(controller: ClocksAndFlash, flash: bytearray, offset: int, word: int) -> None:
    """As the processor stores: the controller hears of it, then the memory has it."""
    controller.flash_written(offset, word)
    flash[offset : offset + 4] = word.to_bytes(4, "little")


UNLOCKED = [(KEYR, KEYS[0]), (KEYR, KEYS[1])]


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([*UNLOCKED, (CR, WORDS | PROGRAM), (IMAGE, 0x12345678)], id="a word"),
        pytest.param(
            [*UNLOCKED, (CR, WORDS | PROGRAM), (IMAGE, 0x0F0F0F0F), (IMAGE, 0xFF00FF00)],
            id="no bit goes back",
        ),
        pytest.param([(IMAGE, 0x12345678)], id="locked"),
        pytest.param([(CR, WORDS | PROGRAM), (IMAGE, 0x12345678)], id="programming while locked"),
        pytest.param([*UNLOCKED, (CR, PROGRAM), (IMAGE, 0x12345678)], id="another width"),
        pytest.param([*UNLOCKED, (IMAGE, 0x12345678)], id="not programming"),
        pytest.param(
            [(KEYR, KEYS[1]), *UNLOCKED, (CR, WORDS | PROGRAM), (IMAGE, 1)], id="a wrong key"
        ),
        pytest.param(
            [*UNLOCKED, (CR, WORDS | PROGRAM), (IMAGE, 0), (CR, LOCK), *UNLOCKED,
             (CR, WORDS | ERASE | 1 << 3), (CR, WORDS | ERASE | 1 << 3 | START)],
            id="erase the first sector of the image",
        ),
        pytest.param(
            [*UNLOCKED, (IMAGE, 1), (CR, WORDS | PROGRAM), (IMAGE, 1), (SR, 0xF3), (IMAGE, 2)],
            id="an error flag blocks until it is cleared",
        ),
    ],
)  # fmt: skip
def test_flash_interface_agrees_with_the_second_model_of_it(steps: list[tuple[int, int]]) -> None:
    """Two readings of RM0090, by the drivers' test and by the emulator."""
    controller, flash, other = models()
    for address, value in steps:
        other.write(address, value)
        if address >= ACR:
            controller.write(address - WINDOW, value)
        else:
            store(controller, flash, address - IMAGE, value)
        assert controller.read(SR - WINDOW) == other.read(SR)
        assert controller.read(CR - WINDOW) == other.read(CR)
    start = IMAGE - MEMORY
    assert flash[:64] == other.memory[start : start + 64]
