"""Processes that end with their parent: on SIGINT, on SIGTERM, and if it is killed.

Leaving the ``with`` block of a plain `ProcessPoolExecutor` waits for all work that runs, for
minutes. Here each process has a thread that reads from a pipe on which nothing is ever sent: it
ends when the parent closes its end or is gone, and takes the process with it.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from threading import Thread
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from firmware_sim.bench.errors import BenchError

Result = TypeVar("Result")
Prepare = Callable[..., None]

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class WorkerProcesses:
    """A pool of processes; leaving it by an exception cancels what waits and ends what runs.

    Args:
        prepare: what each process calls first, with its arguments.

    Raises:
        BenchError: the system has no shared memory for what the processes wait on.
    """

    def __init__(self, workers: int, prepare: Prepare | None = None, *arguments: Any) -> None:
        context = multiprocessing.get_context()
        self._lifeline, self._held = context.Pipe(duplex=False)
        try:
            self._pool = ProcessPoolExecutor(
                workers,
                mp_context=context,
                initializer=_begin,
                initargs=(self._lifeline, self._held, prepare, arguments),
            )
        except OSError as error:
            problem = f"cannot start processes: no shared memory ({error.strerror})"
            raise BenchError(problem, "mount a tmpfs at /dev/shm that can be written") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._held.close()
        self._pool.shutdown(cancel_futures=True)
        self._held.close()
        self._lifeline.close()

    def submit(self, work: Callable[..., Result], *arguments: Any) -> Future[Result]:
        """Let a process call a function; the first call starts the processes."""
        with _signals_held():
            return self._pool.submit(work, *arguments)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Signals wait, so that none finds a new process before `_begin` has prepared it for them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(
    lifeline: Connection, held: Connection, prepare: Prepare | None, arguments: tuple[Any, ...]
) -> None:
    """Prepare a new process: what ends it is its parent, or SIGTERM, without a traceback.

    Ctrl-C reaches every process of a terminal. The parent hears it too, and ends this one.
    """
    held.close()  # this copy would keep the pipe open when the parent is gone
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()
    if prepare is not None:
        prepare(*arguments)


def _end_with_parent(lifeline: Connection) -> None:
    with suppress(EOFError, OSError):
        lifeline.recv_bytes()
    os._exit(1)
