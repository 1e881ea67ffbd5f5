"""One program at a time speaks to a port."""

import os
import re
import warnings
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_runtime_path

from firmware_sim.devices.links.link import LinkError

_MAX_DIGITS = 20


class PortLock:
    """Held from `acquire` to `release`, and given up by the system if the process dies.

    Args:
        port: path or URL of the port.
        folder: where locks are kept; by default the operator's runtime folder.
    """

    def __init__(self, port: str, folder: Path | None = None) -> None:
        folder = folder or _runtime_folder()
        name = re.sub(r"[^A-Za-z0-9.]+", "_", port).strip("_")
        self._port = port
        # Beside the lock, because a process that fails to lock may empty the lock's own file.
        self._holder = folder / f"{name}.pid"
        self._lock = FileLock(folder / f"{name}.lock", timeout=0, thread_local=False)

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            LinkError: another program holds it; says which process.
        """
        try:
            self._lock.acquire()
        except Timeout:
            raise LinkError(f"{self._port} is in use by {self._holder_text()}") from None
        except OSError as error:
            raise LinkError(f"cannot lock {self._port}: {error.strerror}") from error
        self._holder.write_text(f"{os.getpid()}\n")

    def release(self) -> None:
        """Give it back."""
        self._lock.release()

    def _holder_text(self) -> str:
        try:
            with self._holder.open(encoding="ascii") as file:
                return f"process {int(file.read(_MAX_DIGITS))}"
        except (OSError, ValueError):
            return "another process"


def _runtime_folder() -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without a session it falls back to /tmp, and says so
        return user_runtime_path("firmware-sim", appauthor=False, ensure_exists=True)
