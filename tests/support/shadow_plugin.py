"""``pytest -p tests.support.shadow_plugin``: run any tests with the firmware beside each device, as
the native engine.

At the end the counts of what was compared are written as JSON to the file that the variable
SHADOW_COUNTS names. With SHADOW_SANITIZED=1 the firmware runs under the sanitizers.
"""

import json
import os
from collections.abc import Generator
from pathlib import Path

import pytest

from firmware_sim.hw.build.engine import Cryptography
from firmware_sim.machine.flash.geometry import Geometry
from tests.support.host_device import HostDevice
from tests.support.sanitized_device import SanitizedDevice
from tests.support.shadow import shadowed


def _engine(geometry: Geometry) -> HostDevice:
    return HostDevice(geometry, Cryptography.LIBCRYPTO)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """The firmware is there from the first test to the last."""
    is_sanitized = os.environ.get("SHADOW_SANITIZED") == "1"
    with shadowed(SanitizedDevice if is_sanitized else _engine) as shadow:
        result = yield
    counts = os.environ.get("SHADOW_COUNTS")
    if counts:
        Path(counts).write_text(json.dumps(shadow.counts), encoding="utf-8")
    return result
