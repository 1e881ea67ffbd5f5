"""``firmware-sim board run``: an emulated board that stays, as if it lay on the desk."""

import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from firmware_sim.bench.cli.board.options import DeviceTypeIfAny, Elf, Emulator, Name
from firmware_sim.bench.cli.board.view import boot_document, boot_table
from firmware_sim.bench.cli.choices import parse_device_type, parse_entity
from firmware_sim.bench.cli.output import print_json, stdout, styled
from firmware_sim.bench.dut.board.described import check_described_flash
from firmware_sim.bench.dut.board.device import let_clock_run
from firmware_sim.bench.dut.board.emulated_stream import emulated_streams
from firmware_sim.bench.dut.board.provisioning import check_is, write_credentials
from firmware_sim.bench.dut.clock import RunningClock
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.board_protocol import BootRecord, StoreResult
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.build.ready_made import firmware_for
from firmware_sim.hw.emulators.power import EmulatedBoard, default_emulator, power_up

app = typer.Typer()

_LOOK_SECONDS = 0.5


@app.command(
    epilog="Example: firmware-sim pki new my-pki; firmware-sim board run mps2-an385 --flash "
    "meter.bin --pki my-pki --type esme; then, elsewhere, firmware-sim board info --port PORT. "
    "Ctrl-C or SIGTERM is a power cut: exit code 0. --json prints one document at the start."
)
def run(
    name: Name,
    emulator: Emulator = None,
    flash: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep the flash there; made if it is not there."),
    ] = None,
    elf: Elf = None,
    pki: Annotated[
        Path | None, typer.Option(help="Folder of a drill PKI: provision an erased board.")
    ] = None,
    device_type: DeviceTypeIfAny = None,
    entity: Annotated[
        str | None, typer.Option(help="Entity Identifier, 16 hex digits; default by type.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Run the firmware on an emulated board until stopped; prints the serial port it is at."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    asked = None if device_type is None else parse_device_type(device_type)
    kind = DeviceType.ESME if asked is None else asked
    request = DeviceRequest(kind, None if entity is None else parse_entity(entity), pki=pki)
    with ExitStack() as stack:
        with board_trouble_as_bench_error():
            board = board_named(name)
            chosen = emulator or default_emulator(board)
            file = firmware_for(board, elf)
            powered = stack.enter_context(power_up(board, file, flash, chosen))
            boot = _greeted(powered, request, asked)
        if as_json:
            print_json({"port": powered.port, "emulator": chosen, **boot_document(boot)})
        else:
            line = styled("[bold]{port}[/] ({emulator})", port=powered.port, emulator=chosen)
            stdout.print(line, highlight=False, soft_wrap=True)
            stdout.print(boot_table(boot, None), "Ctrl-C stops it.", sep="\n", highlight=False)
        while not stopped.wait(_LOOK_SECONDS):
            if not powered.runs:
                raise BenchError(powered.last_words())


def _greeted(
    powered: EmulatedBoard, request: DeviceRequest, device_type: DeviceType | None
) -> BootRecord:
    """What the board says of itself, once it is provisioned and knows the time."""
    with (
        TemporaryDirectory(prefix="board-") as folder,
        Board(BoardPort(emulated_streams(powered, Path(folder)), Patience(reconnect=0))) as board,
    ):
        check_described_flash(powered.board, board.boot)
        if request.pki is not None and board.boot.store is StoreResult.NO_AREA:
            write_credentials(board, request)
        else:
            check_is(board.boot, device_type, request.entity, "give another --flash")
        let_clock_run(board, RunningClock().now())
        return board.boot
