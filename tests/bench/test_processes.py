"""Where the system lacks what processes need, one line says so."""

import errno

import pytest

from firmware_sim.bench import processes
from firmware_sim.bench.errors import BenchError


def test_a_missing_shared_memory_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(processes, "ProcessPoolExecutor", refuse)
    with pytest.raises(
        BenchError, match=r"no shared memory \(Read-only file system\); mount .*/dev/shm"
    ):
        processes.WorkerProcesses(2)
