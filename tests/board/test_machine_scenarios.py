"""What the simulated device is tested with, the firmware is tested with: every scenario, twice."""

import json
import os
import subprocess
import sys
from pathlib import Path

from firmware_sim.hw.build.engine import Cryptography
from firmware_sim.machine.flash.geometry import TINY
from tests.ground.tree import ROOT
from tests.support.host_device import HostDevice

_SCENARIOS = (
    "tests/machine/commands",
    "tests/machine/credentials",
    "tests/machine/uses",
    "tests/machine/test_security_log.py",
)
# Takes a certificate out of the simulated device's RAM, where the firmware has none.
_RAM_ONLY = (
    "tests/machine/commands/test_device_certificates.py"
    "::test_a_certificate_that_is_not_held_or_not_read_is_answered_so"
)
_SECONDS = 800


def test_every_scenario_of_the_simulated_device_is_the_same_on_the_firmware(tmp_path: Path) -> None:
    HostDevice(TINY, Cryptography.LIBCRYPTO)  # is built here, and the reason told if it cannot be
    counts_file = tmp_path / "counts.json"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.shadow_plugin"]
    command += ["-p", "no:cacheprovider", "--deselect", _RAM_ONLY, *_SCENARIOS]
    environment = {**os.environ, "SHADOW_COUNTS": str(counts_file), "CI": ""}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_SECONDS,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-20_000:]
    counts = json.loads(counts_file.read_text(encoding="utf-8"))
    # So many there were at least when this was written; an idle shadow proves nothing.
    assert counts["receive"] > 5_000
    assert counts["power_on"] > 500
    assert counts["tick"] > 15
    assert counts["left alone"] < 100
