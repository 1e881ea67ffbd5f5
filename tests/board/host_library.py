"""The firmware as a library of this computer: on the board's own cryptography, or the engine."""

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from firmware_sim.hw.build.engine import Cryptography, build_engine
from firmware_sim.hw.engine.library import EngineLibrary
from firmware_sim.hw.errors import HardwareError

_FOLDER = TemporaryDirectory(prefix="firmware-sim-library-")


@cache
def built(cryptography: Cryptography) -> Path:
    """The engine's file; the test skips where it cannot be built."""
    try:
        return build_engine(cryptography)
    except HardwareError as error:
        pytest.skip(f"needs the firmware for this computer: {error}")


def host_library(user: str, cryptography: Cryptography = Cryptography.BEARSSL) -> EngineLibrary:
    """In a copy of its own for each user, who may put what is static in it as a test needs it."""
    return _copied(user, cryptography)


@cache
def _copied(user: str, cryptography: Cryptography) -> EngineLibrary:
    copy = Path(_FOLDER.name) / f"{user}-{cryptography}.so"
    shutil.copy(built(cryptography), copy)
    return EngineLibrary(copy)
