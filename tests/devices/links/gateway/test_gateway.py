"""A gateway at Mosquitto: many devices, replies where they are asked for, nothing handled twice."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from firmware_sim.devices.links.gateway import party as party_end
from firmware_sim.devices.links.gateway.hub import GatewayDeviceLink
from firmware_sim.devices.links.gateway.party import GatewayPartyLink
from firmware_sim.devices.links.link import Channel, LinkError
from firmware_sim.devices.links.mqtt import MqttDeviceLink, MqttPartyLink
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.links.presence import MAX_PRESENCE_OCTETS, Presence
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import parse_message
from tests.contract.brokers import HOST, Broker, free_port
from tests.contract.exchange import SECONDS, nothing_comes, serving, take
from tests.contract.fake_device import ESME, GSME, HAN, HUB, FakeHan, command, response


def some_devices(count: int) -> list[EntityId]:
    return [
        EntityId((0x90B3_D51F_3100_0000 + number).to_bytes(8, "big")) for number in range(count)
    ]


@asynccontextmanager
async def plain(broker: Broker) -> AsyncIterator[aiomqtt.Client]:
    """Another implementation of MQTT 5, as a party that writes its own packets would use it."""
    version = aiomqtt.ProtocolVersion.V5
    async with aiomqtt.Client(HOST, broker.options.port, protocol=version) as client:
        yield client


def asking(reply_to: str, correlation: bytes) -> Any:
    properties: Any = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ResponseTopic = reply_to
    properties.CorrelationData = correlation
    return properties


async def next_on(client: aiomqtt.Client) -> aiomqtt.Message:
    async with asyncio.timeout(SECONDS):
        return await anext(aiter(client.messages))


@pytest.mark.slow
async def test_one_connection_carries_thousands_of_devices(mosquitto: Broker) -> None:
    devices = some_devices(2000)
    han = FakeHan(*devices)
    async with (
        serving(GatewayDeviceLink(devices[0], devices, mosquitto.options), han),
        GatewayPartyLink(mosquitto.options) as party,
    ):
        (status,) = await take(party, 1, Channel.STATUS)
        taking = asyncio.create_task(take(party, len(devices)))
        for device in devices:
            await party.post(device, command(1, device))
        arrivals = await taking
    assert Presence.parse(status.octets) == Presence(True, tuple(devices))
    assert {each.device for each in arrivals} == set(devices)
    assert all(han.devices[device].executed == {1: 1} for device in devices)


async def test_a_gateway_and_ordinary_parties_understand_each_other(mosquitto: Broker) -> None:
    han = FakeHan()
    async with (
        serving(GatewayDeviceLink(HUB, HAN, mosquitto.options), han),
        MqttPartyLink(mosquitto.options) as ordinary,
    ):
        await ordinary.send(ESME, command(1))
        assert len(await take(ordinary, 1)) == 1
    async with (
        serving(MqttDeviceLink(HUB, HAN, mosquitto.options), han),
        GatewayPartyLink(mosquitto.options, HAN) as party,
    ):
        await party.send(ESME, command(2))
        assert len(await take(party, 1)) == 1
    assert han.devices[ESME].executed == {1: 1, 2: 1}


async def test_an_answer_goes_where_it_was_asked_for_with_its_correlation(
    mosquitto: Broker,
) -> None:
    reply_to = f"gbcs/v1/{ESME}/reply/me-1"
    async with (
        serving(GatewayDeviceLink(HUB, HAN, mosquitto.options), FakeHan()),
        plain(mosquitto) as client,
    ):
        await client.subscribe(reply_to, qos=1)
        topic = f"gbcs/v1/{ESME}/command"
        await client.publish(topic, command(1), qos=1, properties=asking(reply_to, b"\xca\xfe"))
        message = await next_on(client)
    assert message.topic.value == reply_to
    properties: Any = message.properties
    assert properties.CorrelationData == b"\xca\xfe"
    assert message.payload == response(parse_message(command(1)), b"\x30\x00")


@pytest.mark.parametrize("reply_to", [f"gbcs/v1/{GSME}/command", "elsewhere", f"gbcs/v1/{ESME}/x"])
async def test_no_command_makes_a_device_speak_on_another_topic(
    mosquitto: Broker, caplog: pytest.LogCaptureFixture, reply_to: str
) -> None:
    han, topic = FakeHan(), f"gbcs/v1/{ESME}/command"
    async with (
        serving(GatewayDeviceLink(HUB, HAN, mosquitto.options), han),
        plain(mosquitto) as client,
    ):
        await client.subscribe([(reply_to, 1), (f"gbcs/v1/{ESME}/response", 1)])
        await client.publish(topic, command(1), qos=1, properties=asking(reply_to, b"1"))
        message = await next_on(client)
    assert message.topic.value == f"gbcs/v1/{ESME}/response"
    assert not han.devices[GSME].executed
    assert "is asked to answer on" in caplog.text


async def test_a_command_that_comes_again_is_answered_again_and_not_handled(
    mosquitto: Broker,
) -> None:
    """As a party sends it whose broker died; another party's copy of the octets is a replay."""
    han, topic = FakeHan(), f"gbcs/v1/{ESME}/command"
    reply_to = f"gbcs/v1/{ESME}/response"
    async with (
        serving(GatewayDeviceLink(HUB, HAN, mosquitto.options), han),
        plain(mosquitto) as client,
    ):
        await client.subscribe(reply_to, qos=1)
        for correlation in (b"1", b"1", b"2"):
            properties = asking(reply_to, correlation)
            await client.publish(topic, command(1), qos=1, properties=properties)
        first, again = [await next_on(client) for _ in range(2)]
        await client.publish(topic, command(2), qos=1, properties=asking(reply_to, b"3"))
        last = await next_on(client)
    assert first.payload == again.payload == response(parse_message(command(1)), b"\x30\x00")
    assert last.payload != first.payload
    assert han.devices[ESME].executed == {1: 1, 2: 1}
    assert han.devices[ESME].refused == 1


async def test_a_command_for_nobody_is_an_error_that_comes_in_time(mosquitto: Broker) -> None:
    options = replace(mosquitto.options, patience=0.5)
    async with GatewayPartyLink(options) as party:
        with pytest.raises(LinkError, match=r"has not taken a message .* in 0\.5 s"):
            await party.send(ESME, command(1))


@pytest.mark.slow
async def test_a_party_waits_while_too_many_commands_have_no_answer(
    mosquitto: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firmware_sim.devices.links.gateway.requests.UNANSWERED", 4)
    handled: list[bytes] = []

    def silent(_: EntityId, octets: bytes) -> Sequence[bytes]:
        handled.append(octets)
        return ()

    options = replace(mosquitto.options, patience=0.3, reconnect_seconds=0.3)
    async with (
        serving(GatewayDeviceLink(HUB, HAN, mosquitto.options), silent),
        GatewayPartyLink(options) as party,
    ):
        sending = [asyncio.create_task(party.send(ESME, command(n))) for n in range(1, 6)]
        done, waiting = await asyncio.wait(sending, timeout=0.2)
        assert (len(done), len(waiting)) == (4, 1)
        await asyncio.wait_for(waiting.pop(), SECONDS)  # once the oldest is given up
    assert len(handled) == 5


async def test_a_reader_that_is_slow_stops_the_broker_and_loses_nothing(
    mosquitto: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firmware_sim.devices.links.mqtt_session._CAPACITY", 8)
    monkeypatch.setattr(party_end, "RECEIVE", 4)
    han = FakeHan()
    async with (
        serving(GatewayDeviceLink(HUB, HAN, mosquitto.options), han),
        GatewayPartyLink(mosquitto.options) as party,
    ):
        for counter in range(1, 101):
            await party.post(ESME, command(counter))
        await asyncio.sleep(0.2)
        assert party._session.inbox._items.qsize() <= 8 + 4
        arrivals = await take(party, 100)
    assert [parse_message(each.octets).counter for each in arrivals] == list(range(1, 101))


async def test_what_a_device_said_in_an_earlier_run_is_dropped_and_said(
    mosquitto: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    topic, (answer,) = f"gbcs/v1/{ESME}/response", FakeHan()(ESME, command(2))
    async with plain(mosquitto) as client:
        await client.publish(topic, answer, qos=1, retain=True)
        async with GatewayPartyLink(mosquitto.options) as party:
            assert await nothing_comes(party, 0.3) == []
        await client.publish(topic, b"", qos=1, retain=True)
    assert f"dropped a response of {ESME}: it was published with the retain flag" in caplog.text


async def test_retained_oversized_and_foreign_publications_are_dropped(
    mosquitto: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    han, topic = FakeHan(), f"gbcs/v1/{ESME}/command"
    async with plain(mosquitto) as client:
        await client.publish(topic, command(1), qos=1, retain=True)
        async with (
            serving(GatewayDeviceLink(HUB, HAN, mosquitto.options), han),
            GatewayPartyLink(mosquitto.options) as party,
        ):
            await client.publish(topic, bytes(8193), qos=1)
            await client.publish("gbcs/v1/nobody/response", b"octets", qos=1)
            await client.publish(topic, command(2), qos=0)
            (arrival,) = await take(party, 1)
            assert await nothing_comes(party, 0.1) == []
        await client.publish(topic, b"", qos=1, retain=True)
    assert parse_message(arrival.octets).counter == 2
    assert han.devices[ESME].executed == {2: 1}
    for words in ("8193 octets", "no topic of ours", "published with the retain flag"):
        assert words in caplog.text


def test_more_devices_than_a_status_names_are_refused_at_once() -> None:
    devices = some_devices(MAX_PRESENCE_OCTETS // 20 + 1)
    with pytest.raises(LinkError, match="too many for one gateway"):
        GatewayDeviceLink(devices[0], devices, MqttOptions(HOST))


async def test_missing_broker_is_reported_in_one_line() -> None:
    options = MqttOptions(HOST, free_port())
    with pytest.raises(LinkError) as caught:
        await GatewayPartyLink(options).__aenter__()
    assert str(caught.value).startswith(f"cannot reach an MQTT broker at {options}: ")
    assert "\n" not in str(caught.value)


async def test_a_broker_that_speaks_nonsense_is_left_in_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x20\x09\x00\x00\x06\x1f\x00\x03\xff\xff\xff")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(nonsense, HOST, 0)
    port = server.sockets[0].getsockname()[1]
    with caplog.at_level(logging.DEBUG), pytest.raises(LinkError, match="no UTF-8"):
        await GatewayPartyLink(MqttOptions(HOST, port)).__aenter__()
    server.close()
    assert "Traceback" not in caplog.text
