"""The engine's process, for as long as devices need it."""

from collections.abc import Iterator
from contextlib import contextmanager

from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.hw.engine.finding import engine_file
from firmware_sim.hw.engine.hosting import EngineProcess


@contextmanager
def engine_running() -> Iterator[EngineProcess]:
    """An engine that is this package's own.

    Raises:
        BenchError: there is none, it is another, or it crashed; says what to do.
    """
    with board_trouble_as_bench_error(), EngineProcess(engine_file()) as engine:
        yield engine
