"""The words ``--target gfi:…``."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass

from firmware_sim.bench.dut.default_policy import check_default_policy
from firmware_sim.bench.dut.devices_target import DevicesTarget, ReachedDevice, devices_of
from firmware_sim.bench.dut.hub_line.device import HubLine, HubLineDevice
from firmware_sim.bench.dut.hub_line.names import HubLineName
from firmware_sim.bench.dut.target import Reach
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.devices.device import Device
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType

SILENCE = (
    "Nothing on this line tells whether the hub has such a device (mend: see to the hub and to the "
    "credentials of its devices, or give a longer wait)"
)
MEND = "see to the hub, its address and its port"


@dataclass(frozen=True, slots=True)
class BehindHub:
    """Devices behind a hub that others run, with the credentials that they hold."""

    name: HubLineName
    is_one_device = True
    cuts_power = False

    @classmethod
    def read(cls, target: str) -> "BehindHub | None":
        name = HubLineName.read(target)
        return None if name is None else cls(name)

    def check_policy(self, policy: Policy) -> None:
        check_default_policy(policy)

    def device_types(self) -> frozenset[DeviceType] | None:
        return None

    @contextmanager
    def device(self) -> Iterator[HubLineDevice]:
        with opened_hub_line(self.name) as line:
            yield HubLineDevice(line)

    def devices(self, premises: Iterable[Premises]) -> AbstractAsyncContextManager[DevicesTarget]:
        return _devices(premises, self.name)


@contextmanager
def opened_hub_line(name: HubLineName) -> Iterator[HubLine]:
    """The line of a hub, open.

    Raises:
        BenchError: nothing is there.
    """
    with board_trouble_as_bench_error(MEND):
        stream = name.opener()()
    try:
        yield HubLine(stream, name.wait)
    finally:
        stream.close()


@asynccontextmanager
async def _devices(premises: Iterable[Premises], name: HubLineName) -> AsyncIterator[DevicesTarget]:
    with opened_hub_line(name) as line:

        async def reach(device: Device) -> ReachedDevice:
            await asyncio.sleep(0)
            return ReachedDevice(HubLineDevice(line, device.entity_id), waits=True)

        # What comes over the line may be anybody's: only what is verified counts.
        yield DevicesTarget(devices_of(premises), reach, Reach.ELSEWHERE, SILENCE)
