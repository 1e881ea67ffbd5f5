"""A flash image is read again where its device was given something, and only there."""

from firmware_sim.bench.drills.image_readings import ImageReadings
from firmware_sim.bench.dut.devices_target import DevicesTarget, ReachedDevice
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.devices.device import Device
from firmware_sim.devices.image_contents import cells_of_image
from firmware_sim.gbcs.identifiers import EntityId
from tests.support.commands import supplier_by_supplier
from tests.support.meter import Meter, meter


class CountedTarget(DevicesTarget):
    """Counts how often an image is asked for."""

    def __init__(self, device: Device, *, waits: bool = False) -> None:
        async def reach(device: Device) -> ReachedDevice:
            return ReachedDevice(SimulatedDevice.running(device), waits=waits)

        super().__init__({device.entity_id: device}, reach)
        self.images = 0

    async def image(self, device: EntityId) -> bytes | None:
        self.images += 1
        return await super().image(device)


def changed(meter: Meter) -> bytes:
    """A command that puts other keys into the supplier's cells."""
    return supplier_by_supplier(meter).build()


async def test_a_device_that_was_given_nothing_is_read_once() -> None:
    device = meter().device
    target, readings = CountedTarget(device), ImageReadings()
    await target.send(device.entity_id, b"no message", lambda _: True)
    first = await readings.contents(target, device.entity_id)
    assert await readings.contents(target, device.entity_id) is first
    assert target.images == 1


async def test_what_a_message_changes_is_seen() -> None:
    held = meter()
    device, entity = held.device, held.device.entity_id
    target, readings = CountedTarget(device), ImageReadings()
    await readings.contents(target, entity)
    before = await readings.contents(target, entity)
    await target.send(entity, changed(held), lambda _: True)
    after = await readings.contents(target, entity)
    assert before is not None
    assert after is not None
    assert before.cells != after.cells == cells_of_image(device.image())


async def test_an_image_is_read_again_after_a_tick() -> None:
    device = meter().device
    target, readings = CountedTarget(device), ImageReadings()
    await target.tick(device.entity_id, 0)
    await readings.contents(target, device.entity_id)
    await target.tick(device.entity_id, 0)
    await readings.contents(target, device.entity_id)
    assert target.images == 2


async def test_a_device_that_goes_on_alone_is_read_each_time() -> None:
    """As one at a line does: its clock runs, and what falls due changes its flash."""
    device = meter().device
    target, readings = CountedTarget(device, waits=True), ImageReadings()
    for _ in range(3):
        await readings.contents(target, device.entity_id)
    assert target.images == 3
