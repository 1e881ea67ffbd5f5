"""What a command costs on the board's processor: instructions, over those of its bare cryptography.

QEMU counts: with ``-icount`` one instruction is one nanosecond of the board's time, so its ticks
are exact to one tick, and the same on every machine.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from firmware_sim.bench.commands.uses import top_up
from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.blueprint import blueprint_of_new
from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.benchmarks.counting import CountingSuite, floor_of
from firmware_sim.bench.progress import Progress
from firmware_sim.devices.device import Device
from firmware_sim.devices.links.board import Board as LinkedBoard
from firmware_sim.devices.links.board_port import BoardPort
from firmware_sim.devices.links.board_protocol import Measurement
from firmware_sim.devices.links.serial_port import serial_streams
from firmware_sim.devices.profiles import PROFILES
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode, RootReplacement
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, TrustAnchorCellId
from firmware_sim.gbcs.utrn import COUNTER_STEP
from firmware_sim.hw.build.catalogue import BoardDescription
from firmware_sim.hw.build.sizes import STACK_BUDGET, TEXT_BUDGET, sizes_of
from firmware_sim.hw.emulators.qemu import QemuBoard

MODES: Final = (
    ReplacementMode.SUPPLIER_BY_SUPPLIER,
    ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
    ReplacementMode.ROOT_BY_SUPPLIER,
    ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
    ReplacementMode.ANY_BY_CONTINGENCY,
)
"""CS02b in its modes, each with the most cells of an Electricity Meter that it can replace."""

RATIO_AIM: Final = 1.1

_Maker = Callable[[AllParties, Device], bytes]

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


def measure_board(kind: BoardDescription, elf: Path, progress: Progress) -> BoardCosts:
    """Measure the firmware.

    Raises:
        BenchError: QEMU is missing, or the board answers otherwise than the simulated device.
    """
    commands = _commands()
    progress.start(len(commands), "commands")
    with (
        TemporaryDirectory(prefix="board-bench-") as folder,
        board_trouble_as_bench_error(),
        QemuBoard(kind, elf, counting=True) as emulator,
        LinkedBoard(BoardPort(serial_streams(emulator.port, lock_folder=Path(folder)))) as board,
    ):
        boot = board.boot
        raw = {name: _raw(board, operation) for name, operation in _RAW.items()}
        costs, stacks = [], [0]
        for name, make in commands.items():
            costs.append(_cost(board, name, make, raw))
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


def _commands() -> dict[str, _Maker]:
    """What is measured, by name: a command for a device that has agreed no secret yet."""

    def update(mode: ReplacementMode) -> _Maker:
        return lambda parties, device: parties.update(device, mode, _cells(mode)).build()

    updates: dict[str, _Maker] = {f"esme/update/{mode.label}": update(mode) for mode in MODES}
    return updates | {"esme/use/top-up": _top_up}


def _top_up(parties: AllParties, device: Device) -> bytes:
    """Three secrets: of the command's MAC, of the token's, of the answer's."""
    digits = parties.utrn(device, COUNTER_STEP)
    content = top_up(DeviceType.ESME, COUNTER_STEP, digits)
    return parties.use(device, content, COUNTER_STEP).build()


def _cost(board: LinkedBoard, name: str, make: _Maker, raw: dict[str, int]) -> Cost:
    parties, suite = AllParties(), CountingSuite()
    flash = parties.flash(DeviceType.ESME, Policy())
    blueprint = blueprint_of_new(flash)
    # A device that verifies each certificate once, as the firmware does.
    device = Surroundings(parties.clock, suite=suite, verified=SignatureCache()).powered(flash)
    octets = make(parties, device)
    suite.calls.clear()
    messages = device.receive(octets).messages
    under_test = BoardDevice(board)
    under_test.begin(blueprint)
    under_test.set_clock(parties.clock.now())
    result = board.message(octets)
    if result.messages != messages:
        raise BenchError(f"{name}: the board answers otherwise than the simulated device")
    floor = round(floor_of(suite.calls, {each: float(cost) for each, cost in raw.items()}))
    return Cost(name, _instructions(board, result.ticks), floor, dict(suite.calls))


def _cells(mode: ReplacementMode) -> tuple[TrustAnchorCellId, ...]:
    """The cells that a mode replaces; the root only where a mode is about it."""
    rule = REPLACEMENT_RULES[mode]
    held = sorted(PROFILES[DeviceType.ESME].cells, key=_order)
    covered = tuple(cell for cell in held if rule.may_replace(cell))
    others = tuple(cell for cell in covered if cell != ROOT_CELL)
    return others if rule.root is RootReplacement.NORMAL and others else covered


def _order(cell: TrustAnchorCellId) -> tuple[int, int, int]:
    return cell.role, cell.key_usage.value, cell.cell_usage


def _instructions(board: LinkedBoard, ticks: int) -> int:
    return ticks * _NANO // board.boot.ticks_per_second


def documents(costs: BoardCosts) -> Iterator[dict[str, object]]:
    """Each command for JSON."""
    for cost in costs.costs:
        yield {**cost._asdict(), "ratio": round(cost.ratio, 4)}
