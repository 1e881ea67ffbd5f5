"""A board in QEMU: it starts, keeps its flash, dies when told, and never outlives us."""

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
import serial

from firmware_sim.bench.dut.board.emulated_stream import emulated_streams
from firmware_sim.bench.dut.board.names import EmulatedName
from firmware_sim.bench.dut.board.opening import opened_board
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.board_protocol import FrameType, Measurement, StoreResult
from firmware_sim.devices.links.framing import Frame, encode
from firmware_sim.devices.links.link import LinkError
from firmware_sim.hw.build.catalogue import QemuMachine, board_named
from firmware_sim.hw.build.new_board import new_board
from firmware_sim.hw.emulators import qemu
from firmware_sim.hw.emulators.flash_file import flash_file
from firmware_sim.hw.emulators.power import default_emulator, power_up
from firmware_sim.hw.emulators.qemu import QemuBoard, qemu_version
from firmware_sim.hw.errors import HardwareError
from tests.board.emulated import elf, firmware, is_gone, linked, mps2

pytestmark = pytest.mark.usefixtures("emulated_board_tools")


def test_boot_record_agrees_with_the_description_of_the_board(tmp_path: Path) -> None:
    with QemuBoard(mps2(), elf()) as emulator, linked(emulator, tmp_path) as board:
        boot = board.boot
    assert boot.board == "mps2-an385"
    assert boot.self_test_passed
    assert boot.store is StoreResult.NO_AREA
    assert boot.build_id == firmware().build_id
    assert tuple(map(tuple, boot.blocks)) == mps2().flash.blocks
    assert (boot.write_unit, boot.programs_per_unit, boot.erased_value) == (
        mps2().flash.write_unit,
        mps2().flash.programs_per_unit,
        mps2().flash.erased_value,
    )


def test_the_first_octets_after_the_start_are_not_lost() -> None:
    with QemuBoard(mps2(), elf()) as emulator, Path(emulator.port).open("rb", buffering=0) as port:
        octets = b"".join(port.read(1) for _ in range(40))
    assert octets[0] == 0  # the delimiter; then the code of the first group, then the type
    assert octets[2] == FrameType.BOOT


def test_plain_serial_port_reaches_the_emulated_board() -> None:
    with QemuBoard(mps2(), elf()) as emulator, serial.Serial(emulator.port, timeout=60) as port:
        port.write(bytes.fromhex("000701012813c52f00"))  # HELLO of PROTOCOL.md
        answer = port.read(8)
    assert len(answer) == 8


def test_flash_file_keeps_its_contents_over_a_kill(tmp_path: Path) -> None:
    flash = tmp_path / "flash"
    with QemuBoard(mps2(), elf(), flash) as emulator:
        emulator.cut_power()
        assert not emulator.runs
    assert flash.read_bytes() == mps2().flash.erased()
    assert flash.stat().st_mode & 0o077 == 0
    marked = b"\x11\x22\x33\x44" + flash.read_bytes()[4:]
    flash.write_bytes(marked)
    with QemuBoard(mps2(), elf(), flash) as emulator, linked(emulator, tmp_path) as board:
        assert board.read_flash(0, 4) == marked[:4]


def test_flash_file_in_use_is_refused_to_a_second_board(tmp_path: Path) -> None:
    flash = tmp_path / "flash"
    with (
        QemuBoard(mps2(), elf(), flash),
        pytest.raises(HardwareError, match="in use by another process"),
    ):
        QemuBoard(mps2(), elf(), flash)


@pytest.mark.parametrize("octets", [0, 100, 1 << 16])
def test_file_that_is_no_flash_of_this_board_is_refused_and_unchanged(
    tmp_path: Path, octets: int
) -> None:
    flash = tmp_path / "flash"
    flash.write_bytes(bytes(octets))
    with pytest.raises(HardwareError, match="a flash of this board"):
        QemuBoard(mps2(), elf(), flash)
    assert flash.read_bytes() == bytes(octets)


def test_what_the_firmware_wrote_beyond_the_flash_is_kept(tmp_path: Path) -> None:
    flash, memory = tmp_path / "flash", 1 << 16
    with flash_file(flash, mps2().flash, memory), flash.open("r+b") as file:
        file.seek(mps2().flash.size)
        file.write(b"\xff")
    assert flash.stat().st_size == memory
    with flash_file(flash, mps2().flash, memory):
        pass
    assert flash.read_bytes()[mps2().flash.size] == 0xFF


@pytest.mark.parametrize("emulator", ["qemu", "unicorn"])
def test_firmware_with_another_flash_than_its_description_is_refused_before_it_runs(
    tmp_path: Path, emulator: str
) -> None:
    described = replace(mps2(), flash=replace(mps2().flash, blocks=((4, 4096),)))
    flash = tmp_path / "flash"
    words = r"is \[\[4, 4096\]\] in .* by its board.toml, and \[\[8, 4096\]\] in .* by its firmware"
    with pytest.raises(HardwareError, match=words):
        power_up(described, elf(), flash, emulator)
    kept = flash.read_bytes() if flash.exists() else b""
    assert kept in (b"", described.flash.erased())


def test_qemu_ends_with_its_context() -> None:
    with QemuBoard(mps2(), elf()) as emulator:
        pid = emulator.pid
    assert is_gone(pid)


@pytest.mark.parametrize("ending", ["os.kill(os.getpid(), signal.SIGKILL)", "sys.exit()", "1 / 0"])
def test_qemu_ends_with_the_process_that_started_it(ending: str) -> None:
    program = f"""
        import os, signal, sys
        from tests.board.emulated import elf, mps2
        from firmware_sim.hw.emulators.qemu import QemuBoard
        emulator = QemuBoard(mps2(), elf())
        print(emulator.pid, flush=True)
        {ending}
    """
    elf()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert is_gone(int(done.stdout))


def test_killed_qemu_is_reported() -> None:
    with QemuBoard(mps2(), elf()) as emulator:
        os.kill(emulator.pid, signal.SIGKILL)
        # Its threads end one by one: only the kernel knows when the last of them has.
        os.waitid(os.P_PID, emulator.pid, os.WEXITED | os.WNOWAIT)
        assert not emulator.runs


def test_a_request_to_a_board_whose_qemu_ended_says_so_in_its_words(tmp_path: Path) -> None:
    with power_up(mps2(), elf(), None, "qemu") as emulator:
        assert isinstance(emulator, QemuBoard)
        assert not emulator.last_words()
        port = BoardPort(emulated_streams(emulator, tmp_path), Patience(reconnect=0))
        with Board(port) as board:
            os.kill(emulator.pid, signal.SIGTERM)
            os.waitid(os.P_PID, emulator.pid, os.WEXITED | os.WNOWAIT)
            with pytest.raises(LinkError, match=r"^qemu ended: .*terminating on signal 15"):
                board.hello()
    assert not emulator.last_words(), "its power was cut after that"


@pytest.mark.parametrize("emulator", ["qemu", "unicorn"])
def test_firmware_with_its_data_outside_the_memory_is_told_with_the_end_of_the_emulator(
    tmp_path: Path, emulator: str
) -> None:
    folder = new_board("far", tmp_path)
    script = folder / "link.ld"
    text = script.read_text()
    assert "ORIGIN = 0x20000000" in text
    script.write_text(text.replace("ORIGIN = 0x20000000", "ORIGIN = 0x60000000"))
    name = EmulatedName(str(folder), emulator)
    with pytest.raises(BenchError) as told, board_trouble_as_bench_error(), opened_board(name):
        pass
    assert str(told.value).startswith(f"{emulator} ended: ")


def test_complaint_of_qemu_is_in_the_error() -> None:
    other = replace(mps2(), qemu=QemuMachine("no-such-machine"))
    with pytest.raises(HardwareError, match="unsupported machine type"):
        QemuBoard(other, elf())


def test_missing_qemu_is_reported_with_package_and_alternative(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    qemu_version.cache_clear()
    try:
        with pytest.raises(HardwareError) as raised:
            QemuBoard(mps2(), elf())
    finally:
        qemu_version.cache_clear()
    assert "apt install qemu-system-arm" in str(raised.value)
    assert "unicorn" in str(raised.value)


def test_start_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "qemu-system-arm"
    fake.write_text("#!/bin/sh\ntest $1 = --version && echo version 7.2.1 || exec sleep 60\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(qemu, "START_SECONDS", 0.3)
    qemu_version.cache_clear()
    try:
        with pytest.raises(HardwareError, match="did not start in time"):
            QemuBoard(mps2(), elf())
    finally:
        qemu_version.cache_clear()


def test_ticks_count_instructions_and_are_the_same_in_each_run(tmp_path: Path) -> None:
    def ticks() -> int:
        with (
            QemuBoard(mps2(), elf(), counting=True) as emulator,
            linked(emulator, tmp_path) as board,
        ):
            return board.measure(Measurement.SHA256, 10, 500)

    first, second = ticks(), ticks()
    assert abs(first - second) <= 2
    # BearSSL's SHA-256: 20,720 instructions for 500 octets, measured once on its own.
    assert 0.8 < first * 40 / 10 / 20_720 < 1.3


def test_cut_at_an_operation_stops_before_it(tmp_path: Path) -> None:
    """ERASE erases eight blocks: a cut at operation n leaves n of them erased."""
    flash = tmp_path / "flash"
    flash.write_bytes(bytes(mps2().flash.size))
    block = mps2().flash.block_sizes[0]
    with QemuBoard(mps2(), elf(), flash) as emulator, serial.Serial(emulator.port) as port:
        armed = emulator.arm_cut(firmware().flash_functions(), 3)
        port.write(encode(Frame(FrameType.HELLO, 1)) + encode(Frame(FrameType.ERASE, 2, b"ERASE")))
        assert armed.wait(20)
        assert not emulator.runs
    assert flash.read_bytes() == b"\xff" * 3 * block + bytes(5 * block)


def test_cut_that_is_never_reached_is_reported_as_not_made(tmp_path: Path) -> None:
    with QemuBoard(mps2(), elf()) as emulator:
        assert not emulator.arm_cut(firmware().flash_functions(), 0).wait(0.2)
        with linked(emulator, tmp_path) as board:
            assert board.boot.self_test_passed


def test_the_netduino_starts_and_answers_but_keeps_nothing(tmp_path: Path) -> None:
    """QEMU has no model of an STM32's flash controller: Unicorn is its emulator."""
    stm32 = board_named("stm32f405")
    assert default_emulator(stm32) == "unicorn"
    assert default_emulator(mps2()) == "qemu"
    with pytest.raises(HardwareError, match="keeps nothing in its flash; use unicorn"):
        power_up(stm32, elf("stm32f405"), tmp_path / "flash", "qemu")
    with (
        power_up(stm32, elf("stm32f405"), None, "qemu") as emulator,
        linked(emulator, tmp_path) as board,
    ):
        assert board.boot.board == "stm32f405"
        assert board.boot.self_test_passed


def test_unknown_emulator_is_refused() -> None:
    with pytest.raises(HardwareError, match="use qemu or unicorn"):
        power_up(mps2(), elf(), None, "bochs")
