"""A power cut on order: a hosted device stops in the middle of one flash operation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from firmware_sim.bench.errors import UsageError
from firmware_sim.devices.device import Device
from firmware_sim.machine.flash.cut import CutPlan, PowerCut


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
