"""The engine under AddressSanitizer and UBSan, beside the one that people use."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from firmware_sim.hw.build.engine import checked_environment
from firmware_sim.hw.errors import HardwareError
from firmware_sim.machine.flash.geometry import NAMED
from tests.ground.tree import ROOT
from tests.requirements import require_engine
from tests.support.engine_images import TRIALS

pytestmark = pytest.mark.slow


def left(environment: Mapping[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.engine_images"],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_checked_engine_leaves_the_same_images_and_answers() -> None:
    require_engine()
    try:
        checked = checked_environment()
    except HardwareError as error:
        pytest.skip(f"needs the sanitizers of gcc: {error}")
    found = left(checked)
    assert found == left({})
    assert found.keys() == NAMED.keys()
    assert {len(each) for each in found.values()} == {TRIALS}
    # One trial's device has another image on another part.
    assert len({each[0][0] for each in found.values()}) == len(NAMED)
