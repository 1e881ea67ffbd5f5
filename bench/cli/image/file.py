"""Flash images, in files and in boards: read in one way by all verbs of ``image``."""

from pathlib import Path
from typing import Annotated

import typer

from firmware_sim.bench.cli.output import stderr
from firmware_sim.bench.dut.board.names import SerialName, board_target
from firmware_sim.bench.dut.board.serial_line import board_at
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.whole_files import MAX_IMAGE_OCTETS, read_bounded
from firmware_sim.hw.emulators.flash_file import is_in_use
from firmware_sim.machine.image.superblock import find_leading_superblock, find_superblock

ImageName = Annotated[
    str,
    typer.Argument(
        help="A flash image, e.g. runs/…/images/….bin; or serial:URL, what a board holds now."
    ),
]


def read_image(name: str) -> bytes:
    """The octets of a file or of a board's flash, which need not be a sound image.

    A file that a board uses meanwhile, or a copy of one, may be longer than its flash: of that, the
    flash.

    Raises:
        UsageError: it cannot be read, or is longer than `MAX_IMAGE_OCTETS`.
        BenchError: no board answers, or it does not give its flash.
    """
    target = board_target(name)
    if isinstance(target, SerialName):
        with (
            board_trouble_as_bench_error("see: firmware-sim board list"),
            board_at(target) as board,
        ):
            return board.read_flash()
    if target is not None:
        raise UsageError(f"{name} begins to run when it is asked", "give serial:URL or its file")
    return _in_file(Path(name))


def _in_file(file: Path) -> bytes:
    octets = read_bounded(file, MAX_IMAGE_OCTETS, "flash image")
    is_live = is_in_use(file)
    if find_superblock(octets) is None and (head := find_leading_superblock(octets)) is not None:
        octets = octets[: head.geometry.size]
        if not is_live:
            stderr.print(f"{file} is a whole memory: the {len(octets)} octets of its flash")
    if is_live:
        stderr.print(f"an emulated board is using {file}: shown is what it holds at this moment")
    return octets
