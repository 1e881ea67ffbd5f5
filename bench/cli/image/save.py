"""``firmware-sim image save``: what a flash holds at this moment, as a file of its own."""

from pathlib import Path
from typing import Annotated

import typer

from firmware_sim.bench.cli.image.file import ImageName, read_image
from firmware_sim.bench.cli.output import stdout
from firmware_sim.bench.files.whole_files import check_is_new, new_file


def save(
    file: ImageName,
    out: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Where to write it; a new file.", callback=check_is_new
        ),
    ],
) -> None:
    """Keep what a flash holds now: of a board that runs, or of a device at a line."""
    octets = read_image(file)
    with new_file(out) as written:
        written.write(octets)
    stdout.print(f"{len(octets)} octets, private keys among them: {out}", highlight=False)
