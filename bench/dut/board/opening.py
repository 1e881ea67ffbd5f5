"""From the name of a board to the board: powered, greeted, and safe to erase."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from firmware_sim.bench.dut.board.described import check_described_flash
from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.dut.board.emulated import emulated_board, emulated_line
from firmware_sim.bench.dut.board.names import EmulatedName, SerialName
from firmware_sim.bench.dut.board.serial_line import board_at, check_is_of_a_drill
from firmware_sim.bench.dut.board.tracing import frame_trace
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_port import Patience
from firmware_sim.devices.links.frame_trace import FrameTrace
from firmware_sim.devices.links.octet_stream import OctetStream
from firmware_sim.devices.links.serial_port import serial_streams
from firmware_sim.hw.build.catalogue import board_named


@contextmanager
def closed_board(
    name: EmulatedName | SerialName,
    trace: FrameTrace | None = None,
    patience: Patience | None = None,
    folder: Path | None = None,
) -> Iterator[Board]:
    """The board, powered, its link not open yet.

    Args:
        trace: records every frame, in place of the one that the name asks for.
        patience: with a board at the end of a line.
        folder: where an emulated board keeps its flash; None to lose it at the end.

    Raises:
        BenchError: no such board, no firmware for it, or no emulator.
        LinkError: no port is meant, or more than one.
    """
    if isinstance(name, SerialName):
        yield board_at(name, trace, patience)
        return
    with ExitStack() as stack:
        kept = folder or Path(stack.enter_context(TemporaryDirectory(prefix="board-")))
        yield stack.enter_context(emulated_board(name, kept, trace))


@contextmanager
def opened_line(name: EmulatedName | SerialName) -> Iterator[OctetStream]:
    """The bare line to a powered board, for who speaks the protocol by itself.

    Raises:
        BenchError: no such board, no firmware for it, or no emulator.
        LinkError: no port is meant, more than one, or it cannot be opened.
    """
    with ExitStack() as stack:
        if isinstance(name, SerialName):
            open_stream = serial_streams(name.url, name.baud)
        else:
            kept = Path(stack.enter_context(TemporaryDirectory(prefix="board-")))
            open_stream = stack.enter_context(emulated_line(name, kept))
        stream = open_stream()
        stack.callback(stream.close)
        yield stream


@contextmanager
def opened_board(
    name: EmulatedName | SerialName,
    trace: FrameTrace | None = None,
    patience: Patience | None = None,
    folder: Path | None = None,
) -> Iterator[Board]:
    """As `closed_board`, with its link open.

    Raises:
        LinkError: no board answers.
        BenchError: also for an emulated board whose flash is not that of its board.toml.
    """
    with closed_board(name, trace, patience, folder) as board, board:
        if isinstance(name, EmulatedName):
            check_described_flash(board_named(name.name), board.boot)
        yield board


@contextmanager
def empty_board(name: EmulatedName | SerialName, folder: Path) -> Iterator[Board]:
    """A board with an empty flash, its link open; every frame is kept in ``frames.jsonl``.

    Raises:
        BenchError: there is none, or it holds credentials that are no drill's.
    """
    with (
        board_trouble_as_bench_error(),
        (folder / "frames.jsonl").open("w", buffering=1) as file,
        opened_board(name, frame_trace(file), folder=folder) as board,
    ):
        check_is_of_a_drill(board)
        BoardDevice(board).erase()
        yield board
