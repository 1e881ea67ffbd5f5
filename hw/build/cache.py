"""Where what is fetched and built is kept between runs; all of it can be made again."""

import hashlib
import os
from pathlib import Path

import platformdirs

from firmware_sim.hw.errors import HardwareError

VARIABLE = "BOARD_CACHE"


def cache_folder(*parts: str) -> Path:
    """A folder that exists, below the one named by BOARD_CACHE or else the person's own cache.

    Raises:
        HardwareError: it cannot be made.
    """
    root = os.environ.get(VARIABLE)
    base = Path(root) if root else platformdirs.user_cache_path("firmware-sim") / "board"
    # The compiler names real folders, so a link on the way would be left in what it makes.
    folder = base.resolve().joinpath(*parts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        mend = f"set {VARIABLE} to a folder that can be written"
        raise HardwareError(f"cannot make {folder}: {error.strerror}", mend) from error
    return folder


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
