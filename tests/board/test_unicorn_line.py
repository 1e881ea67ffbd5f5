"""The line of a board in Unicorn carries every octet once, however long the board is busy."""

import json
from io import StringIO
from pathlib import Path
from time import monotonic

from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_port import BoardPort
from firmware_sim.devices.links.frame_trace import FrameTrace
from firmware_sim.devices.links.serial_port import serial_streams
from firmware_sim.hw.emulators.unicorn_line import UnicornLine
from tests.board.emulated import elf, mps2


def test_line_to_unicorn_doubles_and_loses_no_octet(tmp_path: Path) -> None:
    """A run that a timer ends in the middle of a store would send an octet twice."""
    frames = StringIO()
    with UnicornLine(mps2(), elf()) as emulator:
        port = BoardPort(
            serial_streams(emulator.port, lock_folder=tmp_path), trace=FrameTrace(frames, monotonic)
        )
        with Board(port) as board:
            for _ in range(12):
                assert board.read_flash() == mps2().flash.erased()
    types = [json.loads(line)["type"] for line in frames.getvalue().splitlines()]
    assert types.count("READ answer") == 12 * 8
    assert "bad" not in types
