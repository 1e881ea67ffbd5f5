"""Brokers, hubs and connections that die: nothing is lost, nothing is done twice, nothing hangs."""

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

import aiomqtt
import pytest

from firmware_sim.devices.links.link import Channel, LinkError
from firmware_sim.devices.links.mqtt import MqttDeviceLink, MqttPartyLink
from firmware_sim.devices.links.mqtt_connection import MqttConnection
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.links.presence import Presence
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import parse_message
from tests.contract.brokers import HOST, Broker, free_port
from tests.contract.exchange import nothing_comes, serving, take
from tests.contract.fake_device import ESME, HAN, HUB, READ, FakeDevice, FakeHan, command
from tests.support.patience import at_most

_HUB_PROCESS = f"""
import asyncio
from firmware_sim.devices.links.mqtt import MqttDeviceLink
from firmware_sim.devices.links.mqtt_connection import MqttConnection
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.gbcs.identifiers import EntityId
han = [EntityId.parse(text) for text in {[str(each) for each in HAN]}]
async def main():
    options = MqttOptions({HOST!r}, PORT, username="bench")
    async with MqttDeviceLink(han[0], han, options) as link:
        await link.serve(lambda device, octets: ())
asyncio.run(main())
"""


async def _answer(party: MqttPartyLink, octets: bytes, seconds: float = 1.0) -> bytes | None:
    """Send, and wait for the response with that counter; what any party does."""
    try:
        async with asyncio.timeout(seconds):
            await party.send(ESME, octets)
            async for arrival in party.messages():
                if arrival.channel is Channel.RESPONSE:
                    message = parse_message(arrival.octets)
                    if message.counter == parse_message(octets).counter:
                        return message.payload
    except TimeoutError:
        return None
    raise AssertionError("the link ended")


async def _insist(party: MqttPartyLink, value: bytes, counter: int) -> int:
    """Have a value written: without an answer read back first, then try a new counter."""
    while await _answer(party, command(counter, payload=value)) is None:
        held = None
        while held is None:
            counter += 1
            held = await _answer(party, command(counter, code=READ))
        counter += 1
        if value in held:
            break
    return counter + 1


async def test_broker_that_dies_and_returns_loses_and_doubles_no_message(broker: Broker) -> None:
    han, values = FakeHan(), [b"<%03d>" % number for number in range(30)]
    options = broker.options

    async def disturb() -> None:
        for pause in (0.02, 0.1):
            await asyncio.sleep(pause)
            await broker.die()
            await asyncio.sleep(0.2)
            await broker.start()

    hub = MqttDeviceLink(HUB, HAN, options)
    async with (
        serving(hub, han),
        MqttPartyLink(options) as party,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(disturb())
        counter = 1
        for value in values:
            counter = await _insist(party, value, counter)
            await asyncio.sleep(0.01)
    device = han.devices[ESME]
    assert set(device.executed.values()) == {1}
    assert device.values == values


async def test_a_command_sent_while_the_broker_is_away_arrives_when_it_is_back(
    mosquitto: Broker,
) -> None:
    """Mosquitto only: amqtt does not know the hub's session until the hub is back too."""
    han = FakeHan()
    hub = MqttDeviceLink(HUB, HAN, mosquitto.options)
    async with serving(hub, han), MqttPartyLink(mosquitto.options) as party:
        await mosquitto.die()
        sending = asyncio.create_task(party.send(ESME, command(1)))
        await asyncio.sleep(0.2)
        assert not sending.done()
        await mosquitto.start()
        await sending
        await take(party, 1)
    assert han.devices[ESME].executed == {1: 1}


async def test_an_answer_made_while_the_broker_is_away_is_kept(mosquitto: Broker) -> None:
    """Mosquitto only: the party's session must be known to the broker that comes back."""
    han = FakeHan()
    dying: list[asyncio.Task[None]] = []

    async def die_and_return() -> None:
        await mosquitto.die()
        await asyncio.sleep(0.1)
        await mosquitto.start()

    def handler(device: EntityId, octets: bytes) -> Sequence[bytes]:
        os.kill(mosquitto._process.pid, signal.SIGKILL)  # type: ignore[attr-defined]
        dying.append(asyncio.create_task(die_and_return()))
        time.sleep(0.1)  # the broker is dead before the answer is published
        return han(device, octets)

    hub = MqttDeviceLink(HUB, HAN, mosquitto.options)
    async with serving(hub, handler), MqttPartyLink(mosquitto.options) as party:
        await party.send(ESME, command(1))
        (arrival,) = await take(party, 1)
        await asyncio.gather(*dying)
    assert parse_message(arrival.octets).counter == 1
    assert han.devices[ESME].executed == {1: 1}


async def test_reconnection_is_logged(broker: Broker, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "firmware_sim.devices.links"):
        async with MqttPartyLink(broker.options) as party:
            await broker.die()
            await broker.start()
            await party.send(ESME, command(1))
    assert [record.getMessage() for record in caplog.records] == [
        f"lost the broker at {broker.options}: reconnecting",
        f"reconnected to the broker at {broker.options}",
    ]


async def test_broker_that_stays_away_fails_every_waiting_caller(broker: Broker) -> None:
    options = replace(broker.options, patience=at_most(300), reconnect_seconds=0.3)
    hub = MqttDeviceLink(HUB, HAN, options)
    async with hub, MqttPartyLink(options) as party:
        serving_task = asyncio.create_task(hub.serve(FakeHan()))
        reading = asyncio.create_task(nothing_comes(party, at_most(300)))
        await asyncio.sleep(0.05)
        started = time.monotonic()
        await broker.die()
        with pytest.raises(LinkError, match="stayed away"):
            await party.send(ESME, command(1))
        for task in (serving_task, reading):
            with pytest.raises(LinkError, match="stayed away"):
                await task
    assert time.monotonic() - started < 200


async def test_a_publication_gives_up_in_time(broker: Broker) -> None:
    options = replace(broker.options, patience=0.3)
    async with MqttPartyLink(options) as party:
        await broker.die()
        with pytest.raises(LinkError, match=r"has not taken a message .* in 0\.3 s"):
            await party.send(ESME, command(1))


async def test_broker_that_freezes_is_given_up_in_time(mosquitto: Broker) -> None:
    options = replace(mosquitto.options, patience=0.3)
    process = mosquitto._process  # type: ignore[attr-defined]
    started = time.monotonic()
    async with MqttDeviceLink(HUB, HAN, options), MqttPartyLink(options) as party:
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(LinkError, match="has not taken a message"):
            await party.send(ESME, command(1))
    process.send_signal(signal.SIGCONT)
    assert time.monotonic() - started < 200


async def test_last_will_of_a_killed_hub_reports_its_han_offline(broker: Broker) -> None:
    script = _HUB_PROCESS.replace("PORT", str(broker.options.port))
    async with MqttPartyLink(broker.options) as party:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
        (there,) = await take(party, 1, Channel.STATUS)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        (gone,) = await take(party, 1, Channel.STATUS)
    assert Presence.parse(there.octets) == Presence(True, HAN)
    assert Presence.parse(gone.octets) == Presence(False, HAN)
    async with MqttPartyLink(broker.options) as late:
        (told,) = await take(late, 1, Channel.STATUS)
    assert Presence.parse(told.octets) == Presence(False, HAN)


async def test_a_duplicate_delivery_is_executed_once(broker: Broker) -> None:
    han = FakeHan()
    hub = MqttDeviceLink(HUB, HAN, broker.options)
    async with serving(hub, han), MqttPartyLink(broker.options) as party:
        await party.send(ESME, command(1))
        await party.send(ESME, command(1))
        assert len(await take(party, 1)) == 1
        assert await nothing_comes(party) == []
    assert han.devices[ESME].executed == {1: 1}
    assert han.devices[ESME].refused == 1


async def test_a_hub_that_dies_over_a_command_gets_it_again(mosquitto: Broker) -> None:
    """Mosquitto only: amqtt drops what is not acknowledged when its connection ends."""
    han = FakeHan()
    executed_and_died = asyncio.Event()

    def dying(device: EntityId, octets: bytes) -> Sequence[bytes]:
        han(device, octets)
        executed_and_died.set()
        raise KeyError("the process dies before it answers")

    async with MqttPartyLink(mosquitto.options) as party:
        async with MqttDeviceLink(HUB, HAN, mosquitto.options) as first:
            await party.send(ESME, command(1))
            with pytest.raises(KeyError):
                await first.serve(dying)
        async with serving(MqttDeviceLink(HUB, HAN, mosquitto.options), han):
            await party.send(ESME, command(2, code=READ))
            (arrival,) = await take(party, 1)
    assert parse_message(arrival.octets).counter == 2
    assert han.devices[ESME].executed == {1: 1, 2: 1}
    assert han.devices[ESME].refused == 1


async def test_commands_wait_for_a_lasting_hub(broker: Broker) -> None:
    han = FakeHan()
    async with MqttPartyLink(broker.options) as party:
        async with MqttDeviceLink(HUB, HAN, broker.options):
            pass
        await party.send(ESME, command(1))
        async with serving(MqttDeviceLink(HUB, HAN, broker.options), han):
            await take(party, 1)
    assert han.devices[ESME].executed == {1: 1}


async def test_a_hub_for_one_run_leaves_nothing_and_finds_nothing(broker: Broker) -> None:
    han = FakeHan()
    async with MqttPartyLink(broker.options) as party:
        async with MqttDeviceLink(HUB, HAN, broker.options):
            pass
        await party.send(ESME, command(1))
        async with serving(MqttDeviceLink(HUB, HAN, broker.options, lasting=False), han):
            assert await nothing_comes(party) == []
        await party.send(ESME, command(2))
    assert not han.devices[ESME].executed
    async with aiomqtt.Client(HOST, broker.options.port, username="bench") as plain:
        await plain.subscribe("gbcs/v1/+/status", qos=1)
        await asyncio.sleep(0.2)
        assert len(plain.messages) == 0


async def test_oversized_and_strange_publications_are_dropped(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    han = FakeHan()
    topic = f"gbcs/v1/{ESME}/command"
    async with (
        serving(MqttDeviceLink(HUB, HAN, broker.options), han),
        MqttPartyLink(broker.options) as party,
        aiomqtt.Client(HOST, broker.options.port, username="bench") as plain,
    ):
        await plain.publish(topic, bytes(8193), qos=1)
        await plain.publish("gbcs/v1/nobody/response", b"octets", qos=1)
        await plain.publish(topic, command(1), qos=1)
        (arrival,) = await take(party, 1)
    assert parse_message(arrival.octets).counter == 1
    assert "8193 octets" in caplog.text
    assert "no topic of ours" in caplog.text


async def test_missing_broker_is_reported_in_one_line() -> None:
    options = MqttOptions(HOST, free_port())
    with pytest.raises(LinkError) as caught:
        await MqttPartyLink(options).__aenter__()
    assert str(caught.value).startswith(f"cannot reach an MQTT broker at {options}: ")
    assert "\n" not in str(caught.value)


async def test_listener_that_never_answers_is_given_up_in_time() -> None:
    with socket.create_server((HOST, 0)) as mute:
        options = MqttOptions(HOST, mute.getsockname()[1], patience=0.3)
        with pytest.raises(LinkError, match="timed out"):
            await MqttPartyLink(options).__aenter__()


async def test_small_messages_do_not_wait_for_each_other(broker: Broker) -> None:
    """Without TCP_NODELAY each QoS 1 exchange takes at least 40 ms."""
    async with MqttPartyLink(broker.options) as party:
        connection = party._session._connection
        assert isinstance(connection, MqttConnection)
        inner = connection._client._client.socket()
        assert isinstance(inner, socket.socket)
        assert inner.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_qos_0_message_is_not_acknowledged_and_the_connection_stays(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    """MQTT 3.1.1, 4.3.1: QoS 0 has no PUBACK; Mosquitto disconnects a client that sends one."""
    han = FakeHan()
    with caplog.at_level(logging.WARNING, "firmware_sim.devices.links"):
        async with (
            serving(MqttDeviceLink(HUB, HAN, broker.options), han),
            MqttPartyLink(broker.options) as party,
            aiomqtt.Client(HOST, broker.options.port, username="bench") as plain,
        ):
            await plain.publish(f"gbcs/v1/{ESME}/command", command(1), qos=0)
            await take(party, 1)
            await party.send(ESME, command(2))
            await take(party, 1)
    assert han.devices[ESME].executed == {1: 1, 2: 1}
    assert caplog.records == []


@pytest.mark.parametrize("qos", [0, 1])
async def test_a_retained_command_is_dropped_and_said(
    broker: Broker, caplog: pytest.LogCaptureFixture, qos: int
) -> None:
    han, topic = FakeHan(), f"gbcs/v1/{ESME}/command"
    async with aiomqtt.Client(HOST, broker.options.port, username="bench") as plain:
        await plain.publish(topic, command(1), qos=qos, retain=True)
        async with (
            serving(MqttDeviceLink(HUB, HAN, broker.options), han),
            MqttPartyLink(broker.options) as party,
        ):
            await party.send(ESME, command(2))
            (arrival,) = await take(party, 1)
        await plain.publish(topic, b"", qos=1, retain=True)
    assert parse_message(arrival.octets).counter == 2
    assert han.devices[ESME].executed == {2: 1}
    assert f"dropped a command for {ESME}: it was published with the retain flag" in caplog.text


@pytest.mark.parametrize("channel", ["response", "alert", "refusal"])
async def test_what_a_device_said_in_an_earlier_run_is_dropped_and_said(
    broker: Broker, caplog: pytest.LogCaptureFixture, channel: str
) -> None:
    """With the same seed the commands are the same octets, and so are the answers to them."""
    topic = f"gbcs/v1/{ESME}/{channel}"
    async with aiomqtt.Client(HOST, broker.options.port, username="bench") as plain:
        await plain.publish(topic, FakeDevice(ESME).handle(ESME, command(2))[0], qos=1, retain=True)
        async with MqttPartyLink(broker.options, refusals=True) as party:
            assert await nothing_comes(party, 0.3) == []
        await plain.publish(topic, b"", qos=1, retain=True)
    assert f"dropped a {channel} of {ESME}: it was published with the retain flag" in caplog.text


@pytest.mark.slow
async def test_two_hubs_of_one_name_end_with_one_that_says_so(mosquitto: Broker) -> None:
    """A broker ends the older connection of a client identifier (MQTT 3.1.1, 3.1.4-2)."""

    async def serve_until_it_fails() -> None:
        async with MqttDeviceLink(HUB, HAN, mosquitto.options) as hub:
            await hub.serve(FakeHan())

    hubs = [asyncio.create_task(serve_until_it_fails()) for _ in range(2)]
    done, still_serving = await asyncio.wait(hubs, return_when=asyncio.FIRST_COMPLETED)
    for hub in still_serving:
        hub.cancel()
    await asyncio.wait(hubs)
    (failed,) = done
    with pytest.raises(LinkError, match=f"another program run as 'gbcs-{HUB}'"):
        await failed
