"""The firmware and boards of the emulators' tests."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.serial_port import serial_streams
from firmware_sim.hw.build.catalogue import BoardDescription, board_named
from firmware_sim.hw.build.ready_made import firmware_for
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.emulators.power import EmulatedBoard
from tests.support.patience import at_most


@cache
def mps2() -> BoardDescription:
    return board_named("mps2-an385")


@cache
def elf(name: str = "mps2-an385") -> Path:
    return firmware_for(board_named(name))


@cache
def firmware(name: str = "mps2-an385") -> Firmware:
    return Firmware.read(elf(name))


@contextmanager
def linked(
    emulator: EmulatedBoard, folder: Path, patience: Patience | None = None
) -> Iterator[Board]:
    """The board behind an emulator's port."""
    streams = serial_streams(emulator.port, lock_folder=folder)
    with Board(BoardPort(streams, patience)) as board:
        yield board


def twin_of(target: str) -> dict[str, Any]:
    """What a twin run of a few commands finds on a target."""
    command = [sys.executable, "-m", "firmware_sim", "twin", "run", "--commands", "3"]
    done = subprocess.run(
        [*command, "--target", target, "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def is_gone(pid: int, seconds: float = at_most(120)) -> bool:
    """Whether a process ends, or is a zombie, within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout.strip()
        if not state or state.startswith("Z"):
            return True
        time.sleep(0.02)
    return False
