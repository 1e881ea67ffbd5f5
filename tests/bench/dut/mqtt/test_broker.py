"""The embedded broker: starts, stops, says what it lacks, and leaves nothing behind."""

import asyncio
import socket

import aiomqtt
import pytest

import firmware_sim.bench.dut.mqtt.broker as module
from firmware_sim.bench.dut.mqtt.broker import HOST, EmbeddedBroker, embedded_broker
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.mqtt import MqttPartyLink
from tests.support.patience import at_most


async def test_it_listens_on_this_machine_only_and_only_while_it_lasts() -> None:
    async with embedded_broker() as options:
        assert options.host == "127.0.0.1"
        async with MqttPartyLink(options):
            pass
    with pytest.raises(LinkError):
        await MqttPartyLink(options).__aenter__()


async def test_a_stop_with_open_connections_ends_and_leaves_no_task() -> None:
    before = asyncio.all_tasks()
    broker = EmbeddedBroker()
    await broker.start()
    client = aiomqtt.Client(HOST, broker.port, username="bench")
    await client.__aenter__()
    async with asyncio.timeout(at_most(60)):
        await broker.stop()
    with pytest.raises(aiomqtt.MqttError):
        await anext(aiter(client.messages))
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == before


async def test_a_stop_in_the_face_of_links_that_reconnect_ends() -> None:
    broker = EmbeddedBroker()
    await broker.start()
    links = [MqttPartyLink(broker.options) for _ in range(5)]
    for link in links:
        await link.__aenter__()
    for _ in range(3):
        async with asyncio.timeout(at_most(60)):
            await broker.stop()
        await broker.start()
        await asyncio.sleep(0.2)
    for link in links:
        await link.__aexit__(None, None, None)
    await broker.stop()


async def test_it_comes_back_on_its_port() -> None:
    broker = EmbeddedBroker()
    await broker.start()
    port = broker.port
    await broker.stop()
    await broker.stop()
    await broker.start()
    assert broker.port == port
    await broker.stop()


async def test_a_port_that_is_taken_meanwhile() -> None:
    broker = EmbeddedBroker()
    await broker.start()
    await broker.stop()
    with (
        socket.create_server((HOST, broker.port), reuse_port=False),
        pytest.raises(BenchError, match="does not start"),
    ):
        await broker.start()


async def test_a_connection_without_a_name_is_refused() -> None:
    async with embedded_broker() as options:
        with pytest.raises(aiomqtt.MqttError):
            await aiomqtt.Client(options.host, options.port).__aenter__()


async def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(BenchError, match="pip install 'amqtt"):
        async with embedded_broker():
            pass
