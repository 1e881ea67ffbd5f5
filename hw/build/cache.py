"""Where what is fetched and built is kept between runs; all of it can be made again.

What is built lies beside its SHA-256, because a disk that was full or failed leaves files that
look whole: nothing is taken from here whose octets are not those that were put here.
"""

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


def keep(made: Path, kept: Path) -> None:
    """Move what was made into the cache, in place of what may be there under that name."""
    # The digest first: after a power cut between the two, the file is made again.
    digest = made.with_name(f"{made.name}.digest")
    digest.write_text(f"{file_digest(made)}\n", encoding="ascii")
    digest.replace(_digest_of(kept))
    made.replace(kept)


def is_kept(kept: Path) -> bool:
    """Whether the cache has that file, with the octets that were put there."""
    if not (kept.is_file() and _digest_of(kept).is_file()):
        return False  # a link to a device, for one, which has no end
    try:
        return _digest_of(kept).read_bytes().decode("ascii").strip() == file_digest(kept)
    except (OSError, UnicodeDecodeError):
        return False


def _digest_of(kept: Path) -> Path:
    return kept.with_name(f"{kept.name}.sha256")


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
