"""What a command costs on the board's processor: instructions, over those of its bare cryptography.

QEMU counts: with ``-icount`` one instruction is one nanosecond of the board's time, so its ticks
are exact to one tick, and the same on every machine.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from firmware_sim.bench.dut.board.blueprint import provision_board
from firmware_sim.bench.dut.board.trouble import told_as_bench_error
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.benchmarks.counting import CountingSuite, floor_of
from firmware_sim.bench.experiments.sweep.board_case import BoardCase
from firmware_sim.bench.progress import Progress
from firmware_sim.devices.device import Device
from firmware_sim.devices.links.board import Board as LinkedBoard
from firmware_sim.devices.links.board_port import BoardPort
from firmware_sim.devices.links.board_protocol import Measurement
from firmware_sim.devices.links.serial_port import serial_streams
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.hw.build.catalogue import Board
from firmware_sim.hw.build.sizes import STACK_BUDGET, TEXT_BUDGET, sizes_of
from firmware_sim.hw.emulators.qemu import QemuBoard
from firmware_sim.machine.flash.nor import NorFlash

COMMANDS: Final = (
    "esme/update/supplierBySupplier",
    "esme/update/networkOperatorByNetworkOperator",
    "esme/update/rootBySupplier",
    "esme/update/anyExceptAbnormalRootByRecovery",
    "esme/update/anyByContingency",
)
"""CS02b in its modes, as a sweep makes them."""

RATIO_AIM: Final = 1.1

_RAW: Final = {
    "verify": Measurement.VERIFY,
    "sign": Measurement.SIGN,
    "agree": Measurement.AGREE,
}
_REPEATS: Final = 4
_NANO: Final = 1_000_000_000


class Cost(NamedTuple):
    """One command.

    Attributes:
        instructions: of the whole command on the board, flash included.
        floor: of the bare cryptography that it asks for.
        calls: how often it verifies, signs and agrees a secret.
    """

    name: str
    instructions: int
    floor: int
    calls: dict[str, int]

    @property
    def ratio(self) -> float:
        """The whole over its cryptography."""
        return self.instructions / self.floor


class BoardCosts(NamedTuple):
    """Everything that was measured.

    Attributes:
        raw: instructions of one bare operation.
        stack: deepest use in octets, over all commands.
    """

    board: str
    build_id: str
    raw: dict[str, int]
    costs: tuple[Cost, ...]
    text: int
    text_budget: int
    stack: int
    stack_budget: int


def measure_board(kind: Board, elf: Path, progress: Progress) -> BoardCosts:
    """Measure the firmware.

    Raises:
        BenchError: QEMU is missing, or the board answers otherwise than the simulated device.
    """
    progress.start(len(COMMANDS), "commands")
    with (
        TemporaryDirectory(prefix="board-bench-") as folder,
        told_as_bench_error(),
        QemuBoard(kind, elf, counting=True) as emulator,
        LinkedBoard(BoardPort(serial_streams(emulator.port, lock_folder=Path(folder)))) as board,
    ):
        boot = board.boot
        raw = {name: _raw(board, operation) for name, operation in _RAW.items()}
        costs, stacks = [], [0]
        for name in COMMANDS:
            costs.append(_cost(board, name, raw))
            stacks.append(board.statistics().stack_octets)
            progress.advance()
    return BoardCosts(
        board=kind.name,
        build_id=boot.build_id.hex(),
        raw=raw,
        costs=tuple(costs),
        text=sizes_of(elf).text,
        text_budget=TEXT_BUDGET,
        stack=max(stacks),
        stack_budget=STACK_BUDGET,
    )


def _raw(board: LinkedBoard, operation: Measurement) -> int:
    return _instructions(board, board.measure(operation, _REPEATS)) // _REPEATS


def _cost(board: LinkedBoard, name: str, raw: dict[str, int]) -> Cost:
    case = BoardCase(name)
    if board.boot.entity is not None:
        board.erase()
    provision_board(board, case.blueprint)
    board.set_clock(case.seconds)
    result = board.message(case.octets)
    if result.messages != case.messages:
        raise BenchError(f"{name}: the board answers otherwise than the simulated device")
    calls = _calls(case)
    floor = round(floor_of(calls, {each: float(cost) for each, cost in raw.items()}))
    return Cost(name, _instructions(board, result.ticks), floor, dict(calls))


def _calls(case: BoardCase) -> Counter[str]:
    """What the command asks of a device that verifies each certificate once."""
    suite = CountingSuite()
    flash = NorFlash.load(case.image, case.geometry)
    device = Device(flash, clock=case.clock, suite=suite, verified=SignatureCache())
    suite.calls.clear()
    device.receive(case.octets)
    return suite.calls


def _instructions(board: LinkedBoard, ticks: int) -> int:
    return ticks * _NANO // board.boot.ticks_per_second


def documents(costs: BoardCosts) -> Iterator[dict[str, object]]:
    """Each command for JSON."""
    for cost in costs.costs:
        yield {**cost._asdict(), "ratio": round(cost.ratio, 4)}
