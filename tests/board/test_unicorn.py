"""A board in Unicorn: the same firmware, every flash operation in sight, any state kept."""

import os
import signal
from pathlib import Path
from threading import Timer
from time import monotonic

import pytest

from firmware_sim.devices.links.board_protocol import FrameType, ResetCause, StoreResult
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.emulators.direct import DirectLink
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.emulators.flash_cut import Cut, CutExtent, FlashCall, apply_cut
from firmware_sim.hw.emulators.unicorn_board import FirmwareFault, State, UnicornBoard
from firmware_sim.hw.emulators.unicorn_line import UnicornLine
from firmware_sim.hw.errors import HardwareError
from tests.board.emulated import elf, firmware, linked, mps2

BLOCK = mps2().flash.block_sizes[0]

pytestmark = pytest.mark.usefixtures("emulated_board_tools")


@pytest.fixture
def link() -> DirectLink:
    """A board that has started with an erased flash."""
    made = DirectLink(UnicornBoard(mps2(), firmware()))
    made.board.answer_for("crypto_self_test", 1)
    made.power_on()
    return made


def test_self_test_of_the_firmware_passes_under_unicorn() -> None:
    boot = DirectLink(UnicornBoard(mps2(), firmware())).power_on()
    assert boot.self_test_passed
    assert boot.build_id == firmware().build_id
    assert boot.store is StoreResult.NO_AREA


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_while_the_processor_runs_is_not_lost(number: signal.Signals) -> None:
    """Without care three of four are: a callback of Unicorn swallows what a handler raises."""

    class CameError(BaseException):
        pass

    def handler(*_: object) -> None:
        raise CameError

    board = DirectLink(UnicornBoard(mps2(), firmware()))

    def start_again_and_again() -> None:
        end = monotonic() + 20
        while monotonic() < end:
            board.power_on()

    before = signal.signal(number, handler)
    try:
        for turn in range(3):
            Timer(0.1 * (turn + 1), os.kill, (os.getpid(), number)).start()
            with pytest.raises(CameError):
                start_again_and_again()
    finally:
        signal.signal(number, before)
    assert board.power_on().self_test_passed, "the board works on"


def test_failed_self_test_is_in_the_boot_record() -> None:
    link = DirectLink(UnicornBoard(mps2(), firmware()))
    link.board.answer_for("crypto_self_test", 0)
    assert not link.power_on().self_test_passed


def test_qemu_and_unicorn_run_the_same_firmware_file(tmp_path: Path) -> None:
    with UnicornLine(mps2(), elf()) as emulator, linked(emulator, tmp_path) as board:
        assert board.boot.build_id == firmware().build_id
        assert emulator.runs
        assert board.reset().reset_cause is ResetCause.SOFTWARE
    assert not emulator.runs


def test_flash_file_holds_what_the_board_programs(tmp_path: Path) -> None:
    flash = tmp_path / "flash"
    flash.write_bytes(bytes(mps2().flash.size))
    with UnicornLine(mps2(), elf(), flash) as emulator, linked(emulator, tmp_path) as board:
        board.erase()
        assert flash.read_bytes() == mps2().flash.erased()
        with pytest.raises(HardwareError, match="in use by another process"):
            UnicornLine(mps2(), elf(), flash)
    assert flash.stat().st_size == mps2().flash.size


def test_every_flash_operation_of_an_erasure_is_recorded(link: DirectLink) -> None:
    link.board.trace = []
    link.ask(FrameType.ERASE, b"ERASE")
    assert link.board.trace == [FlashCall(block, None) for block in range(8)]


@pytest.mark.parametrize("number", range(8))
def test_cut_before_an_operation_leaves_the_flash_unchanged(link: DirectLink, number: int) -> None:
    board = link.board
    board.flash[:] = bytes(len(board.flash))
    board.operations, board.cut = 0, Cut(number)
    assert link.ask(FrameType.ERASE, b"ERASE") is None
    assert not board.powered
    erased = b"\xff" * number * BLOCK
    assert bytes(board.flash) == erased + bytes(len(board.flash) - len(erased))
    assert link.power_on().reset_cause is ResetCause.POWER_ON


def test_a_cut_after_an_operation_leaves_all_of_it(link: DirectLink) -> None:
    board = link.board
    board.flash[:] = bytes(len(board.flash))
    board.operations, board.cut = 0, Cut(0, CutExtent.AFTER)
    assert link.ask(FrameType.ERASE, b"ERASE") is None
    assert bytes(board.flash[: 2 * BLOCK]) == b"\xff" * BLOCK + bytes(BLOCK)


@pytest.mark.parametrize(
    ("old", "word", "mask", "left"),
    [
        (0xFFFFFFFF, 0x12345678, 0xFFFFFFFF, 0x12345678),
        (0xFFFFFFFF, 0x12345678, 0x00000000, 0xFFFFFFFF),
        (0xFFFFFFFF, 0x12345678, 0x0000FFFF, 0xFFFF5678),
        (0x0F0F0F0F, 0xFFFF0000, 0xFFFFFFFF, 0x0F0F0000),  # no bit goes back to 1
    ],
)
def test_a_torn_word_has_the_bits_under_the_mask(old: int, word: int, mask: int, left: int) -> None:
    flash = bytearray(mps2().flash.erased())
    flash[8:12] = old.to_bytes(4, "little")
    operation = FlashCall(8, word)
    apply_cut(flash, mps2().flash, operation, Cut(0, CutExtent.TORN, mask))
    assert int.from_bytes(flash[8:12], "little") == left
    assert flash[:8] + flash[12:] == mps2().flash.erased()[:-4]


def test_a_torn_erasure_has_programmed_the_bits_under_the_mask() -> None:
    flash = bytearray(b"\x0f" * mps2().flash.size)
    operation = FlashCall(1, None)
    apply_cut(flash, mps2().flash, operation, Cut(0, CutExtent.TORN, 0x000000FF))
    assert flash[BLOCK : BLOCK + 8] == bytes.fromhex("000f0f0f000f0f0f")
    assert flash[:BLOCK] == flash[2 * BLOCK : 3 * BLOCK] == b"\x0f" * BLOCK


def test_a_snapshot_is_the_board_as_it_was(link: DirectLink) -> None:
    before = link.board.snapshot()
    statistics = link.ask(FrameType.STATISTICS)
    link.board.flash[:4] = b"\0\0\0\0"
    assert link.ask(FrameType.STATISTICS) != statistics
    link.board.restore(before)
    assert DirectLink(link.board).ask(FrameType.STATISTICS) == statistics
    assert link.board.flash[:4] == b"\xff\xff\xff\xff"


def test_ram_is_lost_in_a_power_cut(link: DirectLink) -> None:
    for _ in range(3):
        link.ask(FrameType.STATISTICS)
    link.power_on()
    answer = link.ask(FrameType.STATISTICS)
    assert answer is not None
    good_frames = int.from_bytes(answer[:4], "little")
    assert good_frames == 2  # since the start: HELLO, and this request


def test_blocks_and_instructions_are_counted() -> None:
    link = DirectLink(UnicornBoard(mps2(), firmware(), watching=True))
    link.board.answer_for("crypto_self_test", 1)
    link.power_on()
    link.board.covered = set()
    before = link.board.instructions
    link.ask(FrameType.STATISTICS)
    spent = link.board.instructions - before
    assert 1_000 < spent < 100_000
    assert len(link.board.covered) > 20
    before = link.board.instructions
    link.ask(FrameType.STATISTICS)
    assert link.board.instructions - before == pytest.approx(spent, rel=0.05)


def test_firmware_that_leaves_its_memory_is_reported() -> None:
    wild = Firmware(
        Path("wild.elf"),
        ((0, (0x20001000).to_bytes(4, "little") + (0x60000001).to_bytes(4, "little")),),
        {"flash_program_word": 0x100, "flash_erase_block": 0x200},
        {},
    )
    board = UnicornBoard(mps2(), wild)
    board.power_on()
    with pytest.raises(FirmwareFault, match="cannot go on at 0x60000000"):
        board.run(1)


def test_firmware_that_never_sleeps_is_stopped_in_time() -> None:
    loop = Firmware(
        Path("loop.elf"),
        (
            (0, (0x20001000).to_bytes(4, "little") + (0x9).to_bytes(4, "little")),
            (8, bytes.fromhex("fee7")),  # b .
        ),
        {"flash_program_word": 0x100, "flash_erase_block": 0x200},
        {},
    )
    board = UnicornBoard(mps2(), loop)
    board.power_on()
    assert board.run(0.1) is State.BUSY


def test_a_file_that_is_no_firmware_is_refused(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.elf"
    nothing.write_bytes(b"nothing")
    with pytest.raises(HardwareError, match="no ELF file"):
        Firmware.read(nothing)
    with pytest.raises(HardwareError, match="not firmware for an Arm processor"):
        Firmware.read(Path("/proc/self/exe"))
    with pytest.raises(HardwareError, match="cannot read"):
        Firmware.read(tmp_path / "absent.elf")
    with nothing.open("r+b") as file:
        file.truncate(2**40)
    with pytest.raises(HardwareError, match="too many for firmware"):
        Firmware.read(nothing)


def test_unknown_board_is_refused_with_the_known_ones() -> None:
    with pytest.raises(HardwareError, match="use mps2-an385"):
        board_named("arduino")
