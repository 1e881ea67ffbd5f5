"""Files from and for others: reading is bounded; what is written is whole, or not there at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from firmware_sim.bench.errors import BenchError, UsageError

MAX_IMAGE_OCTETS: Final = 64 << 20
"""The largest flash part is far below; a longer file is no image."""


class CannotWriteError(BenchError):
    """A file could not be written: the disk is full, or refuses it."""


_OWNER_ONLY = 0o600
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def read_bounded(path: Path, limit: int, what: str) -> bytes:
    """The octets of a file of at most `limit` octets; `what` names its kind in errors.

    What the file system says of a size is not believed: a device such as ``/dev/zero`` has none.

    Raises:
        UsageError: it cannot be read, or is longer.
    """
    try:
        with path.open("rb") as file:
            octets = file.read(limit + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", f"give a {what}") from error
    if len(octets) > limit:
        raise UsageError(f"{path} has over {limit} octets, too many for a {what}")
    return octets


@contextmanager
def new_file(path: Path, mode: int = _OWNER_ONLY) -> Iterator[BinaryIO]:
    """A file to be written, which takes the place of `path` at the end, or leaves no trace.

    A link at `path` is replaced, never followed.

    Raises:
        CannotWriteError: it cannot be written, e.g. because the disk is full; names the file.
    """
    draft = path.with_name(path.name + ".new")
    try:
        with suppress(FileNotFoundError):
            draft.unlink()  # left by a process that was killed, or a link of a stranger's
        with os.fdopen(os.open(draft, _NEW, mode), "wb") as file:
            yield file
        draft.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            draft.unlink()


@contextmanager
def named_in_errors(path: Path) -> Iterator[None]:
    """Whatever the file system refuses inside is told of `path`, also that the disk is full.

    Raises:
        CannotWriteError: it could not be written.
    """
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error


def check_can_be_written(path: Path | None) -> Path | None:
    """A path as it was given; nothing is written yet.

    Raises:
        UsageError: no file can stand there: it has no folder, is one, or may not be written.
    """
    if path is None:
        return None
    if path.is_dir():
        raise UsageError(f"{path} is a folder", "give a file")
    if not path.parent.is_dir():
        raise UsageError(f"cannot write {path}: there is no folder {path.parent}", "make it first")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"cannot write {path}: permission denied", "give another file")
    return path


def check_is_new(path: Path | None) -> Path | None:
    """As `check_can_be_written`, for a file that takes no other's place.

    Raises:
        UsageError: also if something is there.
    """
    if path is not None and (path.exists() or path.is_symlink()):
        raise UsageError(f"{path} is there already", "choose another name, or remove it")
    return check_can_be_written(path)


def own_folder(path: Path) -> Path:
    """A folder that is there or is made, for the owner alone; a link to one is refused.

    Raises:
        BenchError: it cannot be made, or is something else.
    """
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error
    if path.is_symlink():
        raise BenchError(f"{path} is a link to another folder", "remove it")
    return path


def cannot_write(path: Path, error: OSError) -> CannotWriteError:
    """The error that names a file which could not be written."""
    return CannotWriteError(
        f"cannot write {path}: {error.strerror}", "check the disk and permissions"
    )
