"""The native engine beside each fuzzed device: it must do the same, octet for octet.

What it does otherwise raises `Difference`. It runs in the fuzzing process, so that libFuzzer keeps
the input that it does not survive.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from firmware_sim.hw.build.engine import Cryptography
from firmware_sim.machine.flash.geometry import Geometry
from tests.support.host_device import HostDevice
from tests.support.shadow import Shadow, shadowed

ENGINE = "--engine"


def _engine(geometry: Geometry) -> HostDevice:
    return HostDevice(geometry, Cryptography.LIBCRYPTO)


@contextmanager
def beside_the_engine() -> Iterator[Shadow]:
    """While it lasts, every device that is made has the engine beside it."""
    with shadowed(_engine) as shadow:
        yield shadow
