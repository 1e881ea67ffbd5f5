"""A power cut on order: a hosted device stops in the middle of one flash operation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from firmware_sim.bench.dut.power_cuts import CutMoment
from firmware_sim.bench.errors import UsageError
from firmware_sim.devices.device import Device
from firmware_sim.machine.flash.cut import CutPlan, Flavour, PowerCut
from firmware_sim.machine.machine import Effects


def parse_cut(text: str | None) -> CutPlan | None:
    """The plan of a ``--cut-at`` option; None for none.

    Raises:
        UsageError: it is none.
    """
    if text is None:
        return None
    try:
        return CutPlan.parse(text)
    except ValueError:
        mend = "give OPERATION:FLAVOUR:AMOUNT, e.g. 3:prefix:1c or 0:before:0"
        raise UsageError(f"{text!r} is no power cut", mend) from None


TORN_OCTETS: Final = 160
"""A commit writes its records, and then the seal by which they count. Those of an update have more
octets than this, of which so many are written when the power fails."""

_PLANS: Final = {
    CutMoment.TORN: CutPlan(0, Flavour.TORN_PREFIX, TORN_OCTETS),
    CutMoment.BEFORE: CutPlan(0, Flavour.BEFORE),
}


def receive_cut(device: Device, octets: bytes, moment: CutMoment) -> Effects:
    """As `power_cuts.CutDevice.receive_cut`, of a simulated device."""
    flash, plan = device.flash, _PLANS.get(moment)
    if plan is not None:
        flash.plan = plan._replace(operation=flash.operations + plan.operation)
    try:
        refusal = device.receive(octets).refusal
    except PowerCut:
        refusal = None
    device.power_on()
    return Effects(refusal=refusal)


@contextmanager
def cut_short(device: Device, plan: CutPlan | None, tell: Callable[[str], None]) -> Iterator[None]:
    """Cut the device's power; the context ends there, and `tell` hears of it.

    Args:
        plan: its operation is counted from now. None: power stays on.
    """
    flash = device.flash
    if plan is not None:
        flash.plan = plan._replace(operation=flash.operations + plan.operation)
    try:
        yield
    except PowerCut:
        tell(f"Power was cut ({plan}). The image is as that left it; start the device again.")
