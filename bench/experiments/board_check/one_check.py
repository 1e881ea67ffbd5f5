"""One thing that is tried on a device, and what was seen."""

import time
from collections.abc import Callable
from typing import NamedTuple

from firmware_sim.bench.dut.device_under_test import Ability, DeviceUnderTest
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.board_check.checked_device import CheckedDevice, WrongError
from firmware_sim.bench.experiments.board_check.protections import PROTECTIONS, Protection
from firmware_sim.bench.outcome import Verdict
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.gbcs.roles import DeviceType

NEEDED = Ability.PROVISION | Ability.RESET

_UNKNOWN = "the board cannot be provisioned, so no key of it is known"


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
    device: DeviceUnderTest, protection: Protection, cut: Callable[[int], None] | None
) -> tuple[Verdict, str]:
    """Whether an Electricity Meter has a protection; what the device held before is erased.

    Args:
        cut: takes its power away at a flash operation, counted from 0; None if that cannot be done.
    """
    if NEEDED not in device.abilities:
        return Verdict.SKIPPED, _UNKNOWN
    faults = _faults(device, protection, DeviceType.ESME, cut)
    return (Verdict.FAILED, faults) if faults else (Verdict.PASSED, protection.shown)


def all_protect(
    device: DeviceUnderTest, device_type: DeviceType, cut: Callable[[int], None] | None
) -> tuple[Verdict, str]:
    """Whether a device of a type has the protections it must have; each gets a new device."""
    if NEEDED not in device.abilities:
        return Verdict.SKIPPED, _UNKNOWN
    due = [each for each in PROTECTIONS if device_type in each.types]
    found = {each.name: _faults(device, each, device_type, cut) for each in due}
    CheckedDevice(device)  # a drill plays on a real board as what it is: an Electricity Meter
    wrong = [f"{name}: {faults}" for name, faults in found.items() if faults]
    if wrong:
        return Verdict.FAILED, "; ".join(wrong)
    return Verdict.PASSED, f"all {len(found)}"


def _faults(
    device: DeviceUnderTest,
    protection: Protection,
    device_type: DeviceType,
    cut: Callable[[int], None] | None,
) -> str:
    """What a new device of a type does wrong, in words; empty if nothing."""
    try:
        return "; ".join(protection.faults(CheckedDevice(device, device_type, cut)))
    except WrongError as error:
        return str(error)
