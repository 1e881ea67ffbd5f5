"""A child process that cannot outlive us: killed when we close it, leave, or die."""

import atexit
import ctypes
import os
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from firmware_sim.hw.errors import HardwareError

_PR_SET_PDEATHSIG: Final = 1
_WAIT_SECONDS: Final = 5.0
_TOLD_OCTETS: Final = 600
_libc: Final = ctypes.CDLL(None, use_errno=True)


class Child:
    """A started process; what it prints is kept for the error message.

    Start it from a thread that runs as long as it shall: the kernel kills it when that thread
    ends, which is how it cannot survive a SIGKILL of ours.

    Raises:
        HardwareError: it cannot be started.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `kill`
        self.name = os.path.basename(command[0])  # noqa: PTH119 - a name, not a file
        try:
            with warnings.catch_warnings():
                # Later Pythons warn of a fork beside threads: ours makes two system calls.
                warnings.simplefilter("ignore", DeprecationWarning)
                self._process = subprocess.Popen(  # noqa: S603 - a list, no shell
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=self._printed,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C is for us; we end it in good order
                    preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509 - see above
                )
        except OSError as error:
            self._printed.close()
            raise HardwareError(f"{self.name} does not start: {error.strerror}") from error
        atexit.register(self.kill)

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it is still there."""
        return self._process.poll() is None

    def ends_within(self, seconds: float) -> bool:
        """Whether it is gone, or is so after at most that time."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return not self.runs

    def printed(self) -> str:
        """What it has printed so far, or said last."""
        if self._printed.closed:
            return ""
        octets = os.pread(self._printed.fileno(), 1 << 16, 0)
        return octets.decode(errors="replace")

    def complaint(self) -> str:
        """What it printed last, as one line for an error message."""
        return " ".join(self.printed().split())[-_TOLD_OCTETS:] or "it said nothing"

    def kill(self) -> None:
        """SIGKILL, at once; wait until it is gone. Does nothing the second time."""
        atexit.unregister(self.kill)
        if self._process.returncode is None:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_WAIT_SECONDS)
        self._printed.close()


def _die_with(parent: int) -> Callable[[], None]:
    def prepare() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return prepare
