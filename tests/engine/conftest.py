"""Fixtures of the native engine's tests."""

from collections.abc import Iterator

import pytest

from firmware_sim.bench.experiments.benchmarks.workload import Workload
from firmware_sim.hw.build.engine import Cryptography
from firmware_sim.hw.engine.library import EngineLibrary
from tests.board.host_library import host_library
from tests.requirements import require_engine


@pytest.fixture(scope="module")
def library() -> Iterator[EngineLibrary]:
    """The engine on libcrypto, in a copy of its own."""
    require_engine()
    library = host_library("engine tests", Cryptography.LIBCRYPTO)
    yield library
    library.share(False, False)


@pytest.fixture(scope="module")
def workload() -> Workload:
    """Three meters, each with a command of mode 8 and one of mode 9."""
    return Workload.prepare(3)
