"""``--target memory``: simulated devices in this process, without a link."""

from collections.abc import Iterable

from firmware_sim.bench.dut.devices_target import DevicesTarget, ReachedDevice, devices_of
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.devices.device import Device
from firmware_sim.devices.premises import Premises


class MemoryTarget(DevicesTarget):
    """Every device of some premises; a message is answered before `send` returns."""

    def __init__(self, premises: Iterable[Premises]) -> None:
        super().__init__(devices_of(premises), _reach)


async def _reach(device: Device) -> ReachedDevice:
    return ReachedDevice(SimulatedDevice.running(device))
