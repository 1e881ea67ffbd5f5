"""A command in a process group of its own: what it says, and which of its processes live."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

from tests.ground.tree import ROOT
from tests.support.patience import at_most

PATIENCE = at_most(300)
"""Seconds for what takes a moment on a machine that is not busy."""


class ProcessGroup:
    """A started command and the processes that it started.

    Args:
        arguments: of the Python interpreter.
        on_interrupt: how SIGINT is set when it starts; a shell ignores it in the background.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        on_interrupt: signal.Handlers = signal.SIG_DFL,
    ) -> None:
        self._said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # One call into the C library; no option of Popen sets how a signal is handled.
            preexec_fn=lambda: signal.signal(signal.SIGINT, on_interrupt),  # noqa: PLW1509
        )

    def says(self, text: str) -> None:
        """Read what it says, up to a line that contains the text."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._said.append(line)
            if text in line:
                return
        raise AssertionError(f"it never said {text!r}, but {''.join(self._said)}")

    def exit_code(self) -> int:
        """Wait until the parent has ended."""
        return self.process.wait(PATIENCE)

    def said(self) -> str:
        """Everything that any of its processes said; all have ended by then."""
        assert self.process.stderr is not None
        self._said += self.process.stderr.readlines()
        return "".join(self._said)

    def children(self) -> set[int]:
        """The processes of the group that live, but for the parent."""
        return set(_living(self.process.pid)) - {self.process.pid}

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition; the bound is generous, because machines are busy."""
        end = monotonic() + PATIENCE
        while not condition():
            assert monotonic() < end, f"it did not come to it: {self.process.poll()}"
            sleep(0.02)

    def kill(self) -> None:
        """End what still lives."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stderr is not None
        self.process.stderr.close()


@contextmanager
def started(
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    on_interrupt: signal.Handlers = signal.SIG_DFL,
) -> Iterator[ProcessGroup]:
    """A command for as long as the context lasts."""
    group = ProcessGroup(arguments, environment=environment, on_interrupt=on_interrupt)
    try:
        yield group
    finally:
        group.kill()


def _living(group: int) -> Iterator[int]:
    """Processes of a group that are no zombies (Linux: proc(5), fields 3 and 5 of stat)."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                state, _, number, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(number) == group and state != "Z":
                    yield int(folder.name)
