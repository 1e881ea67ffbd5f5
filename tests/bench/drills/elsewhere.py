"""A device of a drill that another program serves at the broker, and an attacker at the broker."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from firmware_sim.bench.drills.setup import set_up
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.dut.mqtt.device_host import DeviceHost
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.devices.links.link import Channel
from firmware_sim.devices.links.mqtt import MqttDeviceLink
from firmware_sim.devices.links.mqtt_connection import ClientIdentity, Publication
from firmware_sim.devices.links.mqtt_session import MqttSession
from firmware_sim.devices.links.topics import topic
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReading, ClockReliability
from tests.contract.brokers import Broker

Alter = Callable[[bytes, Effects], Effects]


class SteppingClock:
    """Goes on by a second each time that it is looked at."""

    def __init__(self, start: datetime) -> None:
        self._time = start

    def now(self) -> ClockReading:
        self._time += timedelta(seconds=1)
        return ClockReading(self._time, ClockReliability.RELIABLE)


class AlteredDevice:
    """A device whose effects a test alters."""

    def __init__(self, device: object, alter: Alter) -> None:
        self._device = device
        self._alter = alter

    def receive(self, octets: bytes) -> Effects:
        return self._alter(octets, self._device.receive(octets))  # type: ignore[attr-defined]

    def tick(self) -> Effects:
        return Effects()


@asynccontextmanager
async def esme_elsewhere(
    broker: Broker, story: Story, alter: Alter = lambda _octets, effects: effects
) -> AsyncIterator[EntityId]:
    """The drill's ESME with seed 1, behind a hub of its own; no two of its stamps are equal."""
    setting = set_up(story, premises=1, seed=1, policy=Policy())
    (factory,) = (each for each in setting.devices.values() if each.device_type is DeviceType.ESME)
    device = Surroundings(SteppingClock(story.start)).powered(factory.flash)
    entity = device.entity_id
    async with MqttDeviceLink(entity, [entity], broker.options, lasting=False) as link:
        host = DeviceHost(link, {entity: AlteredDevice(device, alter)})
        task = asyncio.create_task(host.run())
        try:
            yield entity
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


Forge = Callable[[Message], Iterator[tuple[Channel, bytes]]]


@asynccontextmanager
async def attacker(broker: Broker, device: EntityId, forge: Forge) -> AsyncIterator[None]:
    """A client without any key that publishes something for each command it hears of."""
    session = MqttSession(
        broker.options, ClientIdentity("attacker"), [topic(device, Channel.COMMAND)]
    )

    async def listen() -> None:
        async for heard in session.inbox:
            heard.acknowledge()
            for channel, octets in forge(parse_message(heard.octets)):
                await session.publish(Publication(topic(device, channel), octets))

    async with session:
        task = asyncio.create_task(listen())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
