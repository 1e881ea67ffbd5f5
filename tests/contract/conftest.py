"""Each test of the link contract runs in memory, on amqtt and on Mosquitto, and for a gateway."""

from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from firmware_sim.devices.links.gateway.hub import GatewayDeviceLink
from firmware_sim.devices.links.gateway.party import GatewayPartyLink
from firmware_sim.devices.links.link import DeviceLink, PartyLink
from firmware_sim.devices.links.memory import MemoryBus
from firmware_sim.devices.links.mqtt import MqttDeviceLink, MqttPartyLink
from firmware_sim.gbcs.identifiers import EntityId
from tests.contract.broker_fixtures import make_broker


class Medium(NamedTuple):
    """Where parties and hubs meet."""

    party: Callable[[], PartyLink]
    hub: Callable[[EntityId, Iterable[EntityId]], DeviceLink]


@pytest_asyncio.fixture(
    params=["memory", "amqtt", "mosquitto", pytest.param("gateway", marks=pytest.mark.slow)]
)
async def medium(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Medium]:
    if request.param == "memory":
        bus = MemoryBus()
        yield Medium(bus.party, bus.hub)
        return
    broker = make_broker(request.param, tmp_path)
    await broker.start()
    party: type[MqttPartyLink | GatewayPartyLink] = MqttPartyLink
    hub: type[MqttDeviceLink | GatewayDeviceLink] = MqttDeviceLink
    if request.param == "gateway":
        party, hub = GatewayPartyLink, GatewayDeviceLink
    yield Medium(
        lambda: party(broker.options),
        lambda entity, devices: hub(entity, devices, broker.options),
    )
    await broker.die()
