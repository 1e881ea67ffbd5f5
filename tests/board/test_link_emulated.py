"""The link to the real firmware in an emulator: noise, hosts that vanish, boards that die."""

from collections.abc import Callable
from pathlib import Path

import pytest
import serial

from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import BoardResetError, DeviceFaultError
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.board_protocol import Measurement, ResetCause, StoreResult
from firmware_sim.devices.links.faults import Noise, NoisyStream
from firmware_sim.devices.links.framing import Frame, encode
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.octet_stream import OctetStream
from firmware_sim.devices.links.serial_port import serial_streams
from firmware_sim.hw.emulators.qemu import QemuBoard
from tests.board.emulated import elf, linked, mps2

pytestmark = pytest.mark.usefixtures("emulated_board_tools")

HALF_A_FRAME = encode(Frame(0x02, 1, bytes(range(1, 200))))[:90]


def noisy(port: str, folder: Path, noise: Noise, seed: int) -> Callable[[], OctetStream]:
    streams = serial_streams(port, lock_folder=folder)
    return lambda: NoisyStream(streams(), noise, seed)


def test_emulated_board_answers_through_noise(tmp_path: Path) -> None:
    patience = Patience(sign=0.2, answer=2, attempts=9)
    with QemuBoard(mps2(), elf()) as emulator:
        streams = noisy(emulator.port, tmp_path, Noise(0.0005, 0.0005, 0.0005), 11)
        with Board(BoardPort(streams, patience)) as board:
            flash = b"".join(board.read_flash(at, 256) for at in range(0, 16 * 256, 256))
            for _ in range(20):
                board.hello()
            statistics = board.statistics()
    assert flash == b"\xff" * 4096
    assert statistics.bad_frames >= statistics.rejects > 0


def test_a_host_that_vanished_in_the_midst_of_a_frame_does_no_harm(tmp_path: Path) -> None:
    with QemuBoard(mps2(), elf()) as emulator:
        with linked(emulator, tmp_path) as board:
            assert board.boot.store is StoreResult.NO_AREA
        with serial.Serial(emulator.port) as port:
            port.write(HALF_A_FRAME)
        with linked(emulator, tmp_path) as board:
            assert board.measure(Measurement.SHA256) > 0
            assert board.statistics().bad_frames == 1


def test_armed_cut_is_reported_to_the_host_as_a_reset(tmp_path: Path) -> None:
    with QemuBoard(mps2(), elf()) as emulator, linked(emulator, tmp_path) as board:
        board.cut(3)
        with pytest.raises(BoardResetError) as reset:
            board.erase()
        assert reset.value.boot.reset_cause is ResetCause.SOFTWARE
        assert board.statistics().erases == 0  # it counts from the start
        assert board.erase().store is StoreResult.NO_AREA


def test_requested_reset_is_followed_by_a_boot_record(tmp_path: Path) -> None:
    with QemuBoard(mps2(), elf()) as emulator, linked(emulator, tmp_path) as board:
        assert board.reset().reset_cause is ResetCause.SOFTWARE
        assert board.statistics().good_frames == 2  # HELLO, and this request


def test_emulator_that_dies_is_an_error_of_the_bench_in_bounded_time(tmp_path: Path) -> None:
    patience = Patience(sign=0.1, attempts=3, reconnect=0.3)
    with QemuBoard(mps2(), elf()) as emulator, linked(emulator, tmp_path, patience) as board:
        emulator.cut_power()
        with pytest.raises(LinkError) as error:
            board.measure(Measurement.VERIFY)
    assert not isinstance(error.value, DeviceFaultError)
    assert "\n" not in str(error.value)
