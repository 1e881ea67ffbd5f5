"""``firmware-sim board new``: the files of a board of one's own, to start from."""

from pathlib import Path
from typing import Annotated

import typer

from firmware_sim.bench.cli.output import stderr, stdout
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.hw.build.new_board import MODEL, files_of, new_board

app = typer.Typer()


@app.command(
    epilog="Example: firmware-sim board new my-board --from nrf52840-dk; firmware-sim board build "
    "./my-board; firmware-sim board test ./my-board"
)
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the new board.")],
    source: Annotated[
        str, typer.Option("--from", metavar="BOARD", help="A board of `board list`.")
    ] = MODEL,
    folder: Annotated[Path, typer.Option("--in", metavar="DIR", help="Where to make it.")] = Path(),
) -> None:
    """Write board.toml, link.ld and C for a board of your own, which run as they are."""
    is_there = folder.is_dir()
    with board_trouble_as_bench_error():
        made = new_board(name, folder, source)
    if not is_there:
        stderr.print(f"{folder} was not there and was made", soft_wrap=True, highlight=False)
    for file in files_of(made):
        stdout.print(str(file), soft_wrap=True, highlight=False)
