"""Runs to report on: one that passed, one in which a device did wrong."""

from pathlib import Path

import pytest

from bench.report.export import export
from bench.report.record import Record
from tests.bench.report.rehearsal import rehearse


@pytest.fixture
def passed(tmp_path: Path) -> Record:
    """One premises, exported into tmp_path / "run"."""
    rehearse(tmp_path / "run")
    return export(tmp_path / "run")


@pytest.fixture
def failed(tmp_path: Path) -> Record:
    """Three premises; the GSME of the second kept an old supplier key."""
    rehearse(tmp_path / "run", premises=3, failing=5)
    return export(tmp_path / "run")
