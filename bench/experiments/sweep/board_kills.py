"""Power cuts of an emulator: QEMU is killed at a flash operation, then started again."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.dut.board.kept_flash import first_lost
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.sweep.board_case import (
    NOTHING_CUT,
    OPERATION,
    OWN_CUT,
    OWN_FLAVOURS,
    BoardCase,
    BoardCutFailure,
    BoardCutResult,
    no_operations,
)
from firmware_sim.bench.experiments.sweep.witnessed import (
    DRIVER,
    OTHER_ANSWER,
    UNCUT,
    BoardWrongError,
)
from firmware_sim.bench.progress import Progress, Silent
from firmware_sim.devices.links.board import Board as LinkedBoard
from firmware_sim.devices.links.board_errors import (
    BoardResetError,
    DeclinedError,
    DeviceFaultError,
)
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.board_protocol import Capability, StoreResult
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.serial_port import serial_streams
from firmware_sim.hw.build.catalogue import BoardDescription
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.emulators.qemu import QemuBoard

_Steps = tuple[int, int]  # the number of an operation, and how many there are
_SECONDS: Final = 30.0
# Asked once, and waited for on a busy machine too: a second copy would be a second command.
_ONCE: Final = Patience(sign=_SECONDS, attempts=1, answer=_SECONDS, reconnect=0)


def cut_in_qemu(
    kind: BoardDescription,
    elf: Path,
    name: str = OPERATION,
    *,
    sample: int = 4,
    progress: Progress | None = None,
) -> BoardCutResult:
    """Kill QEMU at some flash operations of a command, spread over all of it, and at its end.

    Args:
        sample: how many kills before an operation; one more comes after the last operation.

    Raises:
        UsageError: no such operation, or none that a message brings about.
        BenchError: QEMU is missing, no flash operation is seen, or a cut does not come.
    """
    case, result, watcher = BoardCase(name), BoardCutResult(name, "qemu"), progress or Silent()
    with TemporaryDirectory(prefix="board-cuts-") as text, board_trouble_as_bench_error():
        folder = Path(text)
        try:
            result.steps = _operations(kind, elf, case, folder)
        except BoardWrongError as error:
            result.faults.append(BoardCutFailure(UNCUT, str(error)))
            return result
        if not result.steps:
            raise no_operations()
        for way in _not_cut(kind, elf, case, folder):
            result.faults.append(BoardCutFailure(f"{OWN_CUT}:CUT {way}", NOTHING_CUT))
        numbers = sorted({result.steps * each // sample for each in range(sample)})
        watcher.start(len(numbers) + 1, f"kills in {name}")
        for number in (*numbers, result.steps):
            flash = folder / f"flash-{number}"
            _cut(kind, elf, case, flash, (number, result.steps))
            with _started(kind, elf, flash) as (_, board):
                store = board.boot.store
            if store is not StoreResult.OK:
                result.faults.append(BoardCutFailure(str(number), f"the store says {store.name}"))
            is_end = number == result.steps
            cut = f"{number - 1}:after" if is_end else f"{number}:before"
            case.judge(result, cut, flash.read_bytes())
            watcher.advance()
    result.check_done()
    return result


def _operations(kind: BoardDescription, elf: Path, case: BoardCase, folder: Path) -> int:
    """How many flash operations the command takes without a cut.

    Raises:
        BoardWrongError: a word of its flash is lost, or it does not do its part.
    """
    flash = folder / "whole"
    with _started(kind, elf, flash) as (_, board):
        fault = _fault(lambda: _provision(board, case))
        if lost := _lost(kind, case, flash.read_bytes()) or fault:
            raise BoardWrongError(lost)
        before = board.statistics()
        fault = _fault(lambda: _ask_uncut(board, case))
        if fault:
            raise BoardWrongError(fault)
        after = board.statistics()
    return after.programs + after.erases - before.programs - before.erases


def _fault(asked: Callable[[], None]) -> str:
    """What the board does wrong in it, in words; empty if nothing."""
    try:
        asked()
    except (DeclinedError, DeviceFaultError, BoardWrongError) as error:
        return str(error)
    return ""


def _ask_uncut(board: LinkedBoard, case: BoardCase) -> None:
    if board.message(case.octets).messages != case.messages:
        raise BoardWrongError(OTHER_ANSWER)


def _lost(kind: BoardDescription, case: BoardCase, image: bytes) -> str:
    """The word of a new device that was lost, in words; empty if none was."""
    simulated = SimulatedDevice(kind.flash.geometry, traced=True)
    simulated.begin(case.blueprint)
    lost = first_lost(simulated.trace(), simulated.image(), image, kind.flash.erased_value)
    return f"{lost}; {DRIVER}" if lost is not None and lost.is_loss else ""


def _not_cut(kind: BoardDescription, elf: Path, case: BoardCase, folder: Path) -> Iterator[str]:
    """The ways in which the board's own CUT does not do what a kill does; none if it has none."""
    with _started(kind, elf, folder / "own") as (_, board):
        if Capability.CUT not in board.boot.capabilities:
            return
        for name, flavour in OWN_FLAVOURS.items():
            _provision(board, case)
            board.cut(OWN_CUT, flavour)
            try:
                board.message(case.octets)
            except BoardResetError:
                continue
            yield name


def _cut(kind: BoardDescription, elf: Path, case: BoardCase, flash: Path, steps: _Steps) -> None:
    """Kill it before an operation; or, behind the last, as soon as the answer is there."""
    functions = Firmware.read(elf).flash_functions()
    number, count = steps
    with _started(kind, elf, flash) as (emulator, board), ThreadPoolExecutor(1) as pool:
        _provision(board, case)
        if number == count:
            board.message(case.octets)
            emulator.cut_power()
            return
        armed = emulator.arm_cut(functions, number)
        came = pool.submit(armed.wait, _SECONDS)
        with suppress(LinkError):
            board.message(case.octets)
        if not came.result():
            raise BenchError(f"operation {number} never came")


def _provision(board: LinkedBoard, case: BoardCase) -> None:
    device = BoardDevice(board)
    device.begin(case.blueprint)
    device.set_clock(case.time)


@contextmanager
def _started(
    kind: BoardDescription, elf: Path, flash: Path
) -> Iterator[tuple[QemuBoard, LinkedBoard]]:
    with QemuBoard(kind, elf, flash) as emulator:
        streams = serial_streams(emulator.port, lock_folder=flash.parent)
        with LinkedBoard(BoardPort(streams, _ONCE)) as board:
            yield emulator, board
