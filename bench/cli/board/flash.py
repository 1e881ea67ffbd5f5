"""``firmware-sim board flash``: firmware onto a real board."""

from typing import Annotated

import typer
from rich.text import Text

from firmware_sim.bench.cli.board.options import Elf, Name
from firmware_sim.bench.cli.output import stderr, stdout
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.build.flashing import flash as write_flash
from firmware_sim.hw.build.ready_made import firmware_for

app = typer.Typer()


@app.command(
    epilog="Example: firmware-sim board flash stm32f405. The flash image with the credentials "
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
) -> None:
    """Write the firmware to a real board, verify it, and start it."""
    with board_trouble_as_bench_error():
        board = board_named(name)
        file = firmware_for(board, elf)
        with stderr.status(Text(f"Writing {file.name}")):
            used = write_flash(board, file, tool, probe)
    stdout.print(f"Written and verified by {used}: {file}", soft_wrap=True, highlight=False)
