"""Flash images in files: read in one way by all verbs of ``image``."""

from pathlib import Path
from typing import Annotated

import typer

from firmware_sim.bench.cli.output import stderr
from firmware_sim.bench.files.whole_files import MAX_IMAGE_OCTETS, read_bounded
from firmware_sim.hw.build.catalogue import BoardDescription, boards
from firmware_sim.machine.image.superblock import find_superblock

ImageFile = Annotated[Path, typer.Argument(help="A flash image, e.g. runs/…/images/….bin")]


def read_image(file: Path) -> bytes:
    """The octets of a file, which need not be a sound image.

    A file that a board uses meanwhile is longer than its flash: of that, what the flash holds now.

    Raises:
        UsageError: it cannot be read, or is longer than `MAX_IMAGE_OCTETS`.
    """
    octets = read_bounded(file, MAX_IMAGE_OCTETS, "flash image")
    if find_superblock(octets) is None:
        for board in boards().values():
            flash = octets[: board.flash.size]
            if len(octets) in _memories(board) and find_superblock(flash) is not None:
                stderr.print(f"{file} is in use by an emulated {board.name}: as it stands now")
                return flash
    return octets


def _memories(board: BoardDescription) -> tuple[int, ...]:
    """How long a file is while an emulator maps a whole memory that begins with the flash."""
    return () if board.qemu is None else (board.qemu.memory,)
