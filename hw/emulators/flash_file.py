"""The file behind an emulated board's flash: what a killed emulator leaves, the next one finds."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from firmware_sim.hw.build.catalogue import FlashDescription
from firmware_sim.hw.errors import HardwareError

_PART = 1 << 20


@contextmanager
def flash_file(path: Path, flash: FlashDescription, memory: int = 0) -> Iterator[Path]:
    """The file, locked for as long as the context lasts; made, erased, if there is none.

    Args:
        memory: grow the file to so many octets meanwhile, for an emulator that maps a whole
            memory whose start is the flash. The rest is cut off afterwards if it is still empty;
            what the firmware wrote there is never lost.

    Raises:
        HardwareError: it is in use, cannot be read and written, or is no image of this board.
    """
    try:
        with FileLock(path.with_name(path.name + ".lock"), timeout=0, thread_local=False):
            _prepare(path, flash, memory)
            try:
                yield path
            finally:
                if _is_empty_from(path, flash.size):
                    os.truncate(path, flash.size)
    except Timeout:
        raise HardwareError(
            f"the flash {path} is in use by another process", "stop that one, or use another file"
        ) from None


def is_in_use(path: Path) -> bool:
    """Whether an emulated board has that flash file now."""
    lock = path.with_name(path.name + ".lock")
    if not lock.exists():
        return False
    try:
        with FileLock(lock, timeout=0, thread_local=False):
            return False
    except Timeout:
        return True
    except OSError:  # of another owner: whether it is in use cannot be told
        return False


def _prepare(path: Path, flash: FlashDescription, memory: int) -> None:
    try:
        if not path.exists():
            path.write_bytes(flash.erased())
            path.chmod(0o600)  # it will hold private keys
        size = path.stat().st_size
        # Longer: the process that used it last was killed before it shortened it, or wrote there.
        if size < flash.size or (size > flash.size and size != memory):
            raise HardwareError(
                f"{path} has {size} octets, a flash of this board {flash.size}",
                "use the image of such a board, or a new file",
            )
        if memory:
            os.truncate(path, memory)
    except OSError as error:
        raise HardwareError(f"cannot use the flash {path}: {error.strerror}") from error


def _is_empty_from(path: Path, start: int) -> bool:
    """Whether all octets from there on are as a file that grows has them: zero."""
    with path.open("rb") as file:
        file.seek(start)
        return not any(part.strip(b"\0") for part in iter(lambda: file.read(_PART), b""))
