"""Options that the verbs of ``firmware-sim board`` share, and how a board is reached by them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from firmware_sim.bench.cli.choices import DEVICE_TYPES_HELP
from firmware_sim.bench.dut.board.names import BAUD, SerialName
from firmware_sim.bench.dut.board.serial_line import board_at
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.devices.links.board import Board

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="A board of `board list`, or the folder of one: ./my-board."
    ),
]
Port = Annotated[
    str | None,
    typer.Option(
        help="Path, URL or usb:SERIAL.", show_default="the only USB serial port", metavar="URL"
    ),
]
Baud = Annotated[int, typer.Option(min=1, help="Bits a second, on a real line.")]
Elf = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Firmware; default: the ready-made, or built here."),
]
Emulator = Annotated[
    str | None, typer.Option(help="qemu | unicorn", show_default="the board's own")
]
DeviceTypeIfAny = Annotated[
    str | None,
    typer.Option(
        "--type",
        help=f"{DEVICE_TYPES_HELP}; a board that holds a device must be of it.",
        show_default="esme, or what the board holds",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")]


@contextmanager
def opened(port: str | None, baud: int = BAUD) -> Iterator[Board]:
    """The board at a port, greeted.

    Raises:
        BenchError: no board answers there, or something goes wrong with it meanwhile.
        DeviceFaultError: it breaks the protocol.
    """
    with (
        board_trouble_as_bench_error("see what is there: firmware-sim board list"),
        board_at(SerialName(port, baud)) as board,
    ):
        yield board
