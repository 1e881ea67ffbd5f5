"""Runs to report on: one that passed, one in which a device did wrong. No test writes into them."""

from pathlib import Path

import pytest

from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from tests.bench.evidence.rehearsal import rehearse


@pytest.fixture(scope="session")
def passed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One premises, exported."""
    folder = tmp_path_factory.mktemp("runs") / "passed"
    rehearse(folder)
    export(folder)
    return folder


@pytest.fixture(scope="session")
def failed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three premises; the GSME of the second kept an old supplier key."""
    folder = tmp_path_factory.mktemp("runs") / "failed"
    rehearse(folder, premises=3, failing=5)
    export(folder)
    return folder


@pytest.fixture
def passed(passed_folder: Path) -> RunRecord:
    """The record of the first."""
    return read_record(passed_folder)


@pytest.fixture
def failed(failed_folder: Path) -> RunRecord:
    """The record of the second."""
    return read_record(failed_folder)
