"""The words ``--target memory``."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager

from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.bench.dut.simulated.target import MemoryTarget
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.geometry import NRF52840

MEMORY = "memory"


class SimulatedDevices:
    """Simulated devices in this process; a device by itself has the flash of an nRF52840."""

    is_one_device = True
    cuts_power = True

    @classmethod
    def read(cls, target: str) -> "SimulatedDevices | None":
        return cls() if target == MEMORY else None

    def check_policy(self, policy: Policy) -> None:
        """Any will do."""

    def device_types(self) -> frozenset[DeviceType] | None:
        return None

    @contextmanager
    def device(self) -> Iterator[SimulatedDevice]:
        yield SimulatedDevice(NRF52840)

    @asynccontextmanager
    async def devices(self, premises: Iterable[Premises]) -> AsyncIterator[MemoryTarget]:
        yield MemoryTarget(premises)
