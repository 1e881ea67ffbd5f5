"""Each test of the link contract runs in memory, on amqtt and on Mosquitto."""

from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from firmware_sim.devices.links.link import DeviceLink, PartyLink
from firmware_sim.devices.links.memory import MemoryBus
from firmware_sim.devices.links.mqtt import MqttDeviceLink, MqttPartyLink
from firmware_sim.gbcs.identifiers import EntityId
from tests.contract.broker_fixtures import make_broker


class Medium(NamedTuple):
    """Where parties and hubs meet."""

    party: Callable[[], PartyLink]
    hub: Callable[[EntityId, Iterable[EntityId]], DeviceLink]


@pytest_asyncio.fixture(params=["memory", "amqtt", "mosquitto"])
async def medium(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Medium]:
    if request.param == "memory":
        bus = MemoryBus()
        yield Medium(bus.party, bus.hub)
        return
    broker = make_broker(request.param, tmp_path)
    await broker.start()
    yield Medium(
        lambda: MqttPartyLink(broker.options),
        lambda hub, devices: MqttDeviceLink(hub, devices, broker.options),
    )
    await broker.die()
