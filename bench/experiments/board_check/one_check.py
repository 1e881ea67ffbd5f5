"""One thing that is tried on a device, and what was seen."""

import time
from collections.abc import Callable
from typing import NamedTuple

from firmware_sim.bench.dut.device_under_test import Ability, DeviceUnderTest
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.board_check.meter import CheckedMeter, WrongError
from firmware_sim.bench.experiments.board_check.protections import Protection
from firmware_sim.bench.outcome import Verdict
from firmware_sim.devices.links.board_errors import DeviceFaultError

NEEDED = Ability.PROVISION | Ability.RESET


class BoardCheck(NamedTuple):
    """One thing that was tried; the text says what was seen."""

    name: str
    verdict: Verdict
    text: str
    seconds: float


def timed(name: str, check: Callable[[], tuple[Verdict, str]]) -> BoardCheck:
    """A check with its verdict; what goes wrong with the bench is none about the device."""
    begin = time.monotonic()
    try:
        verdict, text = check()
    except DeviceFaultError as error:
        verdict, text = Verdict.FAILED, str(error)
    except BenchError as error:
        verdict, text = Verdict.ERROR, str(error)
    return BoardCheck(name, verdict, text, time.monotonic() - begin)


def protects(
    device: DeviceUnderTest, protection: Protection, cut: Callable[[], None] | None
) -> tuple[Verdict, str]:
    """Whether a device has a protection; what it held before is erased.

    Args:
        cut: takes its power away at its next flash operation; None if that cannot be done.
    """
    if NEEDED not in device.abilities:
        return Verdict.SKIPPED, "the board cannot be provisioned, so no key of it is known"
    try:
        faults = list(protection.faults(CheckedMeter(device, cut)))
    except WrongError as error:
        faults = [str(error)]
    if faults:
        return Verdict.FAILED, "; ".join(faults)
    return Verdict.PASSED, protection.shown
