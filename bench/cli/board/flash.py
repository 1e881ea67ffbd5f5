"""``firmware-sim board flash``: firmware onto a real board."""

import shlex
from typing import Annotated

import typer
from rich.text import Text

from firmware_sim.bench.cli.board.options import Elf, Name
from firmware_sim.bench.cli.output import stderr, stdout
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.build.flashing import command_of
from firmware_sim.hw.build.flashing import flash as write_flash
from firmware_sim.hw.build.ready_made import firmware_for

app = typer.Typer()


@app.command(
    epilog="Example: firmware-sim board flash nrf52840-dk --dry-run; firmware-sim board flash "
    "stm32f405. The flash image with the credentials "
    "stays as it is; board erase erases it."
)
def flash(
    name: Name,
    elf: Elf = None,
    tool: Annotated[
        str | None, typer.Option(help="pyocd | openocd", show_default="the one that is installed")
    ] = None,
    probe: Annotated[
        str | None, typer.Option(metavar="SERIAL", help="Of the debug probe, if there are two.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the command alone; nothing is written.")
    ] = False,
) -> None:
    """Write the firmware to a real board, verify it, and start it."""
    with board_trouble_as_bench_error():
        board = board_named(name)
        file = firmware_for(board, elf)
        command = shlex.join(command_of(board, file, tool, probe))
        if dry_run:
            stdout.print(command, soft_wrap=True, highlight=False, markup=False)
            return
        with stderr.status(Text(f"Writing {file.name}")):
            used = write_flash(board, file, tool, probe)
    stdout.print(f"Written and verified by {used}: {file}", soft_wrap=True, highlight=False)
