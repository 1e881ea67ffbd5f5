"""A small reference set to measure on."""

from pathlib import Path

import pytest

from tests.bench.experiments.conformance.own_set import OwnSet


@pytest.fixture
def own_set(tmp_path: Path) -> OwnSet:
    return OwnSet(tmp_path)
