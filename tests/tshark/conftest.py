"""A drill PKI whose commands tshark is shown."""

from pathlib import Path

import pytest

from firmware_sim.bench.smki.pki import DrillPki
from tests.tshark.commands import SEED


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tshark") / "pki"
    DrillPki.generate(SEED).save(folder)
    return folder
