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
from firmware_sim.hw.build.catalogue import BoardDescription, boards
from firmware_sim.machine.image.superblock import find_superblock

ImageName = Annotated[
    str,
    typer.Argument(
        help="A flash image, e.g. runs/…/images/….bin; or serial:URL, what a board holds now."
    ),
]


def read_image(name: str) -> bytes:
    """The octets of a file or of a board's flash, which need not be a sound image.

    A file that a board uses meanwhile is longer than its flash: of that, what the flash holds now.

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
    file = Path(name)
    octets = read_bounded(file, MAX_IMAGE_OCTETS, "flash image")
    if find_superblock(octets) is None:
        for kind in boards().values():
            flash = octets[: kind.flash.size]
            if len(octets) in _memories(kind) and find_superblock(flash) is not None:
                stderr.print(f"{file} is in use by an emulated board: as it stands now")
                return flash
    return octets


def _memories(board: BoardDescription) -> tuple[int, ...]:
    """How long a file is while an emulator maps a whole memory that begins with the flash."""
    return () if board.qemu is None else (board.qemu.memory,)
