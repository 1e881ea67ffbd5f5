"""A device's flash on disk: locked while in use, every change written through.

What the device has programmed is in the file before it goes on, so a killed process leaves
exactly what power loss would: the device boots from it. Against power loss of the machine
itself, ask for `sync`.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.files.whole_files import new_file, read_bounded
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.records import Superblock
from firmware_sim.machine.state import DeviceState
from firmware_sim.machine.store import StoreError, open_image

_MAX_OCTETS = 64 << 20
"""No flash part of a meter has more."""


class ImageFile:
    """An open image; made by `attach`, given up by `close` or as a context manager.

    Attributes:
        flash: the device's flash; every program and erase goes to the file too.
        superblock: whose image it is.
        created: whether the file was new.
    """

    def __init__(self, path: Path, *, created: bool, sync: bool) -> None:
        self.path = path
        self.flash, self.superblock = _load(path)
        self.created = created
        self._sync = sync
        self._resources = ExitStack()
        self._descriptor = -1

    @classmethod
    def attach(
        cls, path: Path, make: Callable[[], NorFlash] | None = None, *, sync: bool = False
    ) -> Self:
        """Open the image, or write the first one if there is no file.

        Args:
            make: manufactures the device; None if the file must exist.
            sync: also wait for the disk after each change (slow).

        Raises:
            UsageError: no file and no `make`, or the file is unreadable or no image.
            BenchError: another process uses it, or it cannot be written.
        """
        with ExitStack() as resources:
            resources.enter_context(_locked(path))
            created = not path.exists()
            if created and make is None:
                raise UsageError(f"there is no image {path}", "check the path, or provision one")
            if created and make is not None:
                _write_first(path, make().image())
            image = cls(path, created=created, sync=sync)
            image._descriptor = _open_for_writing(path)
            resources.callback(os.close, image._descriptor)
            image.flash.observer = image._write
            image._resources = resources.pop_all()
        return image

    def _write(self, address: int, octets: bytes) -> None:
        try:
            written = os.pwrite(self._descriptor, octets, address)
            if self._sync:
                os.fsync(self._descriptor)
        except OSError as error:
            raise BenchError(f"cannot write {self.path}: {error.strerror}") from error
        if written != len(octets):
            raise BenchError(f"cannot write {self.path}: the disk is full")

    def close(self) -> None:
        """Close and unlock; the flash stays usable, in memory only."""
        self.flash.observer = None
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _locked(path: Path) -> ExitStack:
    """The lock, held; the operating system releases it when the process ends, however it ends."""
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", "make it, or check the path")
    lock = FileLock(path.with_name(path.name + ".lock"), timeout=0)
    stack = ExitStack()
    try:
        stack.enter_context(lock)
    except Timeout:
        raise BenchError(
            f"image {path} is in use by another process", "stop that one, or use another --image"
        ) from None
    except OSError as error:
        raise UsageError(f"cannot lock {path}: {error.strerror}", "may we write there?") from error
    return stack


def _write_first(path: Path, octets: bytes) -> None:
    """Whole or not at all: a process killed in between leaves no half image."""
    with new_file(path) as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())


def _load(path: Path) -> tuple[NorFlash, Superblock]:
    octets = read_bounded(path, _MAX_OCTETS, "flash image")
    try:
        geometry, store = open_image(octets)
        DeviceState.load(store)
    except StoreError as error:
        raise UsageError(f"{path} is no flash image: {error}") from error
    return NorFlash.load(octets, geometry), store.superblock


def _open_for_writing(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
