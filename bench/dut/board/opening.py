"""From the words of ``--target`` to a device for one test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware_sim.bench.dut.board.emulated import emulated_board
from firmware_sim.bench.dut.board.names import EmulatedName, SerialName
from firmware_sim.bench.dut.board.serial_line import board_at
from firmware_sim.bench.dut.board.tracing import frame_trace
from firmware_sim.bench.dut.board.trouble import told_as_bench_error
from firmware_sim.bench.dut.simulated.premises import is_of_a_drill
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_protocol import StoreResult


@contextmanager
def bare_board(name: EmulatedName | SerialName, folder: Path) -> Iterator[Board]:
    """A board with an empty flash, its link open; every frame is kept in ``frames.jsonl``.

    Raises:
        BenchError: there is none, or it holds credentials that are no drill's.
    """
    with told_as_bench_error(), (folder / "frames.jsonl").open("w") as file:
        trace = frame_trace(file)
        if isinstance(name, EmulatedName):
            with emulated_board(name, folder, trace) as board, board:
                yield board
            return
        with board_at(name, trace) as board:
            _empty(board)
            yield board


def _empty(board: Board) -> None:
    boot = board.boot
    if boot.store is StoreResult.NO_AREA:
        return
    if boot.entity is not None and not is_of_a_drill(boot.entity):
        raise BenchError(
            f"the board at {board.port.name} is {boot.entity}, of no drill",
            f"firmware-sim board erase --port {board.port.name} erases it",
        )
    board.erase()
