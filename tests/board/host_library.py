"""The whole firmware as a library of this computer, built once a run."""

import ctypes
import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from firmware_sim.hw.build.host_build import build_host_library
from firmware_sim.hw.errors import HardwareError

_FOLDER = TemporaryDirectory(prefix="firmware-sim-library-")


@cache
def _built() -> Path:
    try:
        return build_host_library()
    except HardwareError as error:
        pytest.skip(f"needs the firmware for this computer: {error}")


@cache
def host_library(user: str) -> ctypes.CDLL:
    """The library, in a copy of its own for each user: its state is static."""
    copy = Path(_FOLDER.name) / f"{user}.so"
    shutil.copy(_built(), copy)
    return ctypes.CDLL(str(copy))
