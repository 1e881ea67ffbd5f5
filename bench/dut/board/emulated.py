"""``--target board:NAME``: an emulated board for every device that the drill speaks to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from firmware_sim.bench.dut.blueprint import blueprint_of
from firmware_sim.bench.dut.board.described import check_described_flash
from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.dut.board.emulated_stream import emulated_streams
from firmware_sim.bench.dut.board.names import EmulatedName
from firmware_sim.bench.dut.board.tracing import trace_into
from firmware_sim.bench.dut.devices_target import DevicesTarget, ReachedDevice, devices_of
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.device import Device
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.frame_trace import FrameTrace
from firmware_sim.devices.links.octet_stream import OctetStream
from firmware_sim.devices.premises import Premises
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.build.ready_made import firmware_for
from firmware_sim.hw.emulators.power import default_emulator, power_up

# An emulator that has ended does not come back, and its terminal may soon be another's; on a busy
# machine it may be slow to start.
PATIENCE = Patience(start=30, reconnect=0)

_GONE_FOR_GOOD = Patience(reconnect=0)

MAX_BOARDS = 32
"""Each is a process of some 40 MB."""


@contextmanager
def emulated_board(
    name: EmulatedName, folder: Path, trace: FrameTrace | None = None
) -> Iterator[Board]:
    """One board, powered, its link not open yet; gone when the context ends.

    Args:
        folder: for what it needs while it runs.
        trace: records every frame, in place of the one that the name asks for.

    Raises:
        BenchError: no such board, no firmware for it, or no emulator.
    """
    with emulated_line(name, folder) as open_stream:
        yield Board(BoardPort(open_stream, _GONE_FOR_GOOD, trace or trace_into(name.trace)))


@contextmanager
def emulated_line(name: EmulatedName, folder: Path) -> Iterator[Callable[[], OctetStream]]:
    """As `emulated_board`: how to open its line, for who speaks the protocol by itself."""
    with board_trouble_as_bench_error():
        kind = board_named(name.name)
        elf = firmware_for(kind, name.elf)
        powered = power_up(kind, elf, folder / "flash.bin", name.emulator)
    with powered:
        yield emulated_streams(powered, folder)


@asynccontextmanager
async def emulated_target(
    premises: Iterable[Premises], name: EmulatedName
) -> AsyncIterator[DevicesTarget]:
    """The target; every board that it started is gone when the context ends.

    Raises:
        BenchError: no such board, no firmware for it, or no emulator.
    """
    with board_trouble_as_bench_error():
        kind = board_named(name.name)
        elf = firmware_for(kind, name.elf)
    emulator = name.emulator or default_emulator(kind)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="boards-")))
        started = 0

        async def start(device: Device) -> ReachedDevice:
            nonlocal started
            if started == MAX_BOARDS:
                raise BenchError(f"more than {MAX_BOARDS} boards", "ask for fewer --premises")
            started += 1
            flash = folder / f"{device.entity_id.hex()}.bin"
            # Here and not in a thread: the emulator ends with the thread that started it.
            powered = stack.enter_context(power_up(kind, elf, flash, emulator))
            frames = trace_into(_of_its_own(name.trace, device))
            port = BoardPort(emulated_streams(powered, folder), PATIENCE, frames)
            board = await asyncio.to_thread(stack.enter_context, Board(port))
            check_described_flash(kind, board.boot)
            under_test = BoardDevice(board, lambda: _start_of(flash, kind.flash.size))
            await asyncio.to_thread(under_test.begin, blueprint_of(device.image()))
            return ReachedDevice(under_test, device.clock, waits=True)

        yield DevicesTarget(devices_of(premises), start)


def _of_its_own(trace: Path | None, device: Device) -> Path | None:
    return trace and trace.with_stem(f"{trace.stem}-{device.entity_id.hex()}")


def _start_of(path: Path, octets: int) -> bytes:
    with path.open("rb") as file:
        return file.read(octets)
