"""Fixtures for the conformance run over a set of our own."""

from pathlib import Path

import pytest

from firmware_sim.bench.experiments.conformance.published_keys import (
    PublishedKeys,
    read_published_keys,
)
from tests.bench.experiments.conformance.own_set import SUITE, OwnSet


@pytest.fixture
def own_set(tmp_path: Path) -> OwnSet:
    return OwnSet(tmp_path)


@pytest.fixture
def keys(own_set: OwnSet) -> PublishedKeys:
    root = own_set.root
    return read_published_keys(root / "keystore.json", root / "issuers.json", SUITE)
