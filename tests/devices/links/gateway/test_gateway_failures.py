"""Brokers and gateways that die under load: nothing is lost, nothing is done twice."""

import asyncio
import signal
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.devices.links.gateway.hub import GatewayDeviceLink
from firmware_sim.devices.links.gateway.party import GatewayPartyLink
from firmware_sim.devices.links.link import Arrival, Channel, LinkError
from firmware_sim.devices.links.presence import Presence
from firmware_sim.devices.links.topics import topic
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import parse_message
from tests.contract.brokers import Broker, MosquittoBroker
from tests.contract.exchange import serving, take
from tests.contract.fake_device import ESME, HAN, HUB, FakeHan, command
from tests.devices.links.gateway.test_gateway import plain, some_devices
from tests.requirements import require_tool
from tests.support.patience import at_most

pytestmark = pytest.mark.slow

_SECONDS = at_most(120)

_PATIENCE = at_most(120)
"""Seconds; nothing here needs so many."""


class Load:
    """A party that gives each device one command after the other, and each once.

    Attributes:
        answers: how often each answer came, by device and counter.
    """

    def __init__(self, party: GatewayPartyLink, commands: int) -> None:
        self._party = party
        self._commands = commands
        self._wanted = 0
        self._enough = asyncio.Event()
        self._waiting: dict[tuple[EntityId, int], asyncio.Event] = {}
        self.answers: Counter[tuple[EntityId, int]] = Counter()

    async def run(self, devices: list[EntityId]) -> None:
        reading = asyncio.create_task(self._read())
        async with asyncio.timeout(_SECONDS):
            await asyncio.gather(*map(self._ask, devices))
        reading.cancel()

    async def _ask(self, device: EntityId) -> None:
        for counter in range(1, self._commands + 1):
            event = self._waiting[device, counter] = asyncio.Event()
            await self._party.send(device, command(counter, device))
            await event.wait()

    async def more(self, answers: int) -> None:
        """Wait for so many more."""
        self._wanted = self.answers.total() + answers
        self._enough.clear()
        await asyncio.wait_for(self._enough.wait(), _SECONDS)

    async def _read(self) -> None:
        async for arrival in self._party.messages():
            if arrival.channel is Channel.RESPONSE:
                self._take(arrival)

    def _take(self, arrival: Arrival) -> None:
        key = arrival.device, parse_message(arrival.octets).counter
        self.answers[key] += 1
        self._waiting[key].set()
        if self.answers.total() >= self._wanted:
            self._enough.set()


@pytest.mark.parametrize("saved_after", [500, None], ids=["remembers in part", "forgets"])
async def test_broker_that_is_killed_under_load_loses_and_doubles_nothing(
    tmp_path: Path, saved_after: int | None
) -> None:
    broker = MosquittoBroker(require_tool("mosquitto"), tmp_path, saved_after=saved_after)
    await broker.start()
    devices = some_devices(300)
    han = FakeHan(*devices)
    try:
        async with (
            serving(GatewayDeviceLink(devices[0], devices, broker.options), han),
            GatewayPartyLink(broker.options) as party,
        ):
            load = Load(party, 20)
            running = asyncio.create_task(load.run(devices))
            for _ in range(3):
                await load.more(300)
                await broker.die()
                await broker.start()
            await running
    finally:
        await broker.die()
    wanted = {(device, counter): 1 for device in devices for counter in range(1, 21)}
    assert load.answers == wanted
    once = dict.fromkeys(range(1, 21), 1)
    assert all(han.devices[device].executed == once for device in devices)
    assert all(han.devices[device].refused == 0 for device in devices)


async def test_a_command_that_was_taken_is_sent_again_to_a_broker_that_forgot_it(
    tmp_path: Path,
) -> None:
    broker = MosquittoBroker(require_tool("mosquitto"), tmp_path, saved_after=None)
    ready = asyncio.Event()

    async def next_command() -> bytes:
        """As a device that never answers."""
        async with plain(broker) as client:
            await client.subscribe(topic(ESME, Channel.COMMAND), qos=1)
            ready.set()
            async for message in client.messages:
                return bytes(message.payload)
        raise AssertionError("the broker went away")

    await broker.start()
    try:
        async with GatewayPartyLink(broker.options) as party:
            first = asyncio.create_task(next_command())
            await ready.wait()
            await party.send(ESME, command(1))
            assert await first == command(1)
            await broker.die()
            await broker.start()
            async with asyncio.timeout(_PATIENCE):
                assert await next_command() == command(1)
    finally:
        await broker.die()


async def test_broker_that_stays_away_fails_every_waiting_caller(mosquitto: Broker) -> None:
    options = replace(mosquitto.options, patience=at_most(300), reconnect_seconds=0.3)
    hub = GatewayDeviceLink(HUB, HAN, options)
    async with hub, GatewayPartyLink(options) as party:
        serving_task = asyncio.create_task(hub.serve(FakeHan()))
        started = time.monotonic()
        await mosquitto.die()
        with pytest.raises(LinkError, match="stayed away"):
            await party.send(ESME, command(1))
        with pytest.raises(LinkError, match="stayed away"):
            await serving_task
    assert time.monotonic() - started < 200


async def test_broker_that_freezes_is_given_up_in_time(mosquitto: Broker) -> None:
    options = replace(mosquitto.options, patience=0.3)
    process = mosquitto._process  # type: ignore[attr-defined]
    started = time.monotonic()
    async with GatewayDeviceLink(HUB, HAN, options), GatewayPartyLink(options) as party:
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(LinkError, match="has not taken a message"):
            await party.send(ESME, command(1))
    process.send_signal(signal.SIGCONT)
    assert time.monotonic() - started < 200


async def test_silent_broker_is_noticed_by_its_keepalive(mosquitto: Broker) -> None:
    options = replace(mosquitto.options, keepalive=1, reconnect_seconds=0.5, patience=0.5)
    process = mosquitto._process  # type: ignore[attr-defined]
    async with GatewayPartyLink(options) as party:
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(LinkError, match="stayed away"):
            await take(party, 1)
    process.send_signal(signal.SIGCONT)


async def test_gateway_that_hangs_up_is_told_of_by_its_will(mosquitto: Broker) -> None:
    async with GatewayPartyLink(mosquitto.options) as party:
        gateway = GatewayDeviceLink(HUB, HAN, mosquitto.options)
        await gateway.__aenter__()
        (there,) = await take(party, 1, Channel.STATUS)
        gateway.hang_up()
        (gone,) = await take(party, 1, Channel.STATUS)
    assert Presence.parse(there.octets) == Presence(True, HAN)
    assert Presence.parse(gone.octets) == Presence(False, HAN)


async def test_commands_wait_for_a_lasting_gateway(mosquitto: Broker) -> None:
    han = FakeHan()
    async with GatewayPartyLink(mosquitto.options) as party:
        async with GatewayDeviceLink(HUB, HAN, mosquitto.options):
            pass
        await party.send(ESME, command(1))
        async with serving(GatewayDeviceLink(HUB, HAN, mosquitto.options), han):
            await take(party, 1)
    assert han.devices[ESME].executed == {1: 1}
