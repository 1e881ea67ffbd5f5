"""One run over the whole reference set, shared by the tests that look at it."""

from pathlib import Path

import pytest

from firmware_sim.bench.experiments.conformance.reference import Locations, locate
from firmware_sim.bench.experiments.conformance.result import ConformanceResult
from firmware_sim.bench.experiments.conformance.run import run_conformance
from firmware_sim.bench.progress import Silent
from firmware_sim.gbcs.policy import Policy


@pytest.fixture(scope="session")
def locations(rtds: Path) -> Locations:
    return locate(rtds)


@pytest.fixture(scope="session")
def result(locations: Locations) -> ConformanceResult:
    """The set as it is, under the default policy."""
    return run_conformance(locations, strict=False, policy=Policy(), progress=Silent())
