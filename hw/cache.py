"""Where what is fetched and built is kept between runs; all of it can be made again."""

import hashlib
import os
from pathlib import Path

import platformdirs

VARIABLE = "BOARD_CACHE"


def cache_folder(*parts: str) -> Path:
    """A folder that exists, below the one named by BOARD_CACHE or else the person's own cache."""
    root = os.environ.get(VARIABLE)
    base = Path(root).resolve() if root else platformdirs.user_cache_path("firmware-sim") / "board"
    folder = base.joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
