"""Devices behind a broker that are all served by others: nothing is simulated in their place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from firmware_sim.bench.dut.mqtt.target import LISTED_DEVICES, MqttTarget, serving
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.mqtt import MqttPartyLink
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.gbcs.identifiers import EntityId


@asynccontextmanager
async def strangers_target(
    options: MqttOptions, devices: frozenset[EntityId]
) -> AsyncIterator[MqttTarget]:
    """The devices at a broker, for as long as it lasts; one that nobody serves stays silent.

    Raises:
        BenchError: no broker answers there.
    """
    listened_to = devices if len(devices) <= LISTED_DEVICES else None
    link = MqttPartyLink(options, listened_to, refusals=True)
    try:
        party = await link.__aenter__()
    except LinkError as error:
        raise BenchError(str(error), "start a broker, or check --target") from error
    try:
        target = MqttTarget(party, {}, devices)
        async with serving(target, ()):
            yield target
    finally:
        await link.__aexit__(None, None, None)
