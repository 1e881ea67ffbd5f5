"""How fast a board and the simulator go through one stream together."""

from pathlib import Path
from typing import NamedTuple

from firmware_sim.bench.dut.board.kind import EmulatedBoards
from firmware_sim.bench.dut.board.names import EmulatedName
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.bench.experiments.twin.running import run_twins
from firmware_sim.bench.progress import Progress

COMMANDS = 200
_SEED = 1


class TwinSpeed(NamedTuple):
    """One twin run; a second counts both twins and what compares them."""

    commands: int
    differences: int
    seconds: float
    commands_per_second: float


def measure_twins(board: str, elf: Path, progress: Progress) -> TwinSpeed:
    """Run 200 commands on an emulated board, in the emulator's own time.

    Raises:
        BenchError: no such board, or no emulator.
    """
    with EmulatedBoards(EmulatedName(board, elf=elf)).device() as twin:
        result = run_twins(_SEED, COMMANDS, [SimulatedDevice(twin.geometry), twin], progress)
    rate = round(result.commands / result.seconds, 1)
    return TwinSpeed(result.commands, len(result.differences), round(result.seconds, 2), rate)
