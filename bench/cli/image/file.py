"""Flash images in files: read in one way by all verbs of ``image``."""

from pathlib import Path
from typing import Annotated, Final

import typer

from firmware_sim.bench.errors import UsageError

MAX_IMAGE_OCTETS: Final = 64 << 20
"""The largest flash part is far below; a longer file is no image."""

ImageFile = Annotated[Path, typer.Argument(help="A flash image, e.g. runs/…/images/….bin")]


def read_image(file: Path) -> bytes:
    """The octets of a file, which need not be a sound image.

    Raises:
        UsageError: it cannot be read, or is longer than `MAX_IMAGE_OCTETS`.
    """
    try:
        if file.stat().st_size > MAX_IMAGE_OCTETS:
            raise UsageError(f"{file} has over {MAX_IMAGE_OCTETS} octets", "give a flash image")
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}", "give a flash image") from error
