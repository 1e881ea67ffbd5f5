"""One process writes a run at a time, and a process that was killed holds nothing any more."""

import fcntl
import os
from pathlib import Path
from typing import Self

from firmware_sim.bench.errors import UsageError


class Hold:
    """The folder of a run, held by its one writer until `release`, or until its process ends.

    The lock is the folder's own, so that no file of it can be left behind, or stand in a manifest.

    Raises:
        UsageError: another writer holds it.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.release()
            problem = f"another process is writing the run in {folder}"
            raise UsageError(problem, "wait for its end") from error

    @classmethod
    def elsewhere(cls) -> Self:
        """Stands for that of another process of the same run: nothing is taken, nor released."""
        hold = cls.__new__(cls)
        hold._descriptor = -1
        return hold

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let another writer have it; again, do nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def is_written(folder: Path) -> bool:
    """Whether a process is writing the run in a folder; none is in a folder that is not there."""
    try:
        Hold(folder).release()
    except UsageError:
        return True
    except FileNotFoundError:
        return False
    return False
