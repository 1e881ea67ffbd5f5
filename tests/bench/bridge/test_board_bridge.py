"""A board at a broker: away, back, reset, hung, hostile; nothing lost, nothing twice."""

import asyncio
import time
from pathlib import Path

import pytest

from firmware_sim.bench.bridge import board_device
from firmware_sim.bench.bridge.board_bridge import BoardBridge
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.board_port import BoardPort
from firmware_sim.devices.links.board_protocol import FrameType, ResetCause, StoreResult
from firmware_sim.devices.links.link import Arrival, Channel
from firmware_sim.devices.links.mqtt import MqttPartyLink
from firmware_sim.devices.links.mqtt_connection import Publication
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.links.octet_stream import LineLostError
from firmware_sim.devices.links.presence import Presence
from firmware_sim.devices.links.topics import topic
from firmware_sim.gbcs.roles import DeviceType
from tests.bench.bridge.bridge_desk import (
    NOW,
    QUICK,
    Desk,
    Log,
    bridge_of,
    bridged,
    fails,
    nothing,
    running,
    statuses,
    until,
)
from tests.bench.drills.rehearsal import SUPPLIER_STORY
from tests.contract.broker_fixtures import broker, mosquitto
from tests.contract.brokers import Broker, free_port
from tests.contract.exchange import take
from tests.contract.fake_device import ESME, GSME, alert, command
from tests.support.patience import at_most

__all__ = ["broker", "mosquitto"]


async def test_a_command_reaches_the_board_and_what_it_says_comes_back(broker: Broker) -> None:
    desk, log = Desk(), Log()
    async with bridged(desk, broker, log) as party:
        await party.send(ESME, command(1))
        (answer,) = await take(party, 1)
        desk.lines[0].inject(desk.board.event(1, alert()))
        (event,) = await take(party, 1)
    assert answer == Arrival(ESME, Channel.RESPONSE, log.seen[0].effects.messages[0])
    assert desk.handed == [command(1)]
    assert event == Arrival(ESME, Channel.ALERT, alert())
    assert desk.board.clock == (int(NOW.timestamp()), 0, 1)


async def test_it_is_present_as_a_device_that_stands_alone(mosquitto: Broker) -> None:
    desk, log = Desk(), Log()
    async with MqttPartyLink(mosquitto.options, [ESME]) as party:
        async with running(bridge_of(desk, mosquitto, log), log):
            (status,) = await take(party, 1, Channel.STATUS)
            assert Presence.parse(status.octets) == Presence(True, (ESME,))
        assert await statuses(party, 1) == [False]
    assert desk.lines[-1].closed


async def test_a_board_that_is_pulled_out_is_offline_and_its_commands_wait(
    mosquitto: Broker,
) -> None:
    desk, log = Desk(), Log()
    async with bridged(desk, mosquitto, log) as party:
        desk.pull()
        assert await statuses(party, 2) == [True, False]
        await party.send(ESME, command(1))
        desk.plug_in()
        (answer,) = await take(party, 1)
        assert len(log.boots) == 2
    assert "fake is gone" in log.away[0]
    assert desk.device.executed == {1: 1}
    assert answer.octets == log.seen[0].effects.messages[0]


async def test_one_that_is_pulled_out_in_the_middle_gets_its_command_again(
    mosquitto: Broker,
) -> None:
    """The line is cut after the board has executed, before the answer is through."""
    desk, log = Desk(), Log()
    handle = desk.board.handler

    def cut_once(octets: bytes) -> list[bytes]:
        answers = list(handle(octets))
        if len(desk.handed) == 1:
            desk.pull()
            raise LineLostError("fake is gone")
        return answers

    desk.board.handler = cut_once
    async with bridged(desk, mosquitto, log) as party:
        await party.send(ESME, command(1))
        await until(lambda: bool(log.away))
        desk.plug_in()
        await until(lambda: len(desk.handed) == 2)
        await party.send(ESME, command(2))
        (answer,) = await take(party, 1)
    assert desk.device.executed == {1: 1, 2: 1}
    assert desk.device.refused == 1
    assert answer.channel is Channel.RESPONSE


async def test_a_board_that_starts_anew_gets_the_time_and_the_command_again(
    mosquitto: Broker,
) -> None:
    desk, log = Desk(), Log()
    desk.board.resets_on = {FrameType.MESSAGE}
    async with bridged(desk, mosquitto, log) as party:
        await party.send(ESME, command(1))
        await until(lambda: bool(log.away))
        desk.board.resets_on.clear()
        desk.board.clock = (0, 2, 0)
        (answer,) = await take(party, 1)
    assert "started anew (watchdog)" in log.away[0]
    assert desk.board.clock[0] == int(NOW.timestamp())
    assert desk.device.executed == {1: 1}
    assert answer.channel is Channel.RESPONSE


async def test_one_that_starts_anew_when_idle_is_noticed(mosquitto: Broker) -> None:
    desk, log = Desk(), Log()
    async with running(bridge_of(desk, mosquitto, log), log):
        desk.lines[-1].inject(desk.board.start(ResetCause.PIN))
        await until(lambda: len(log.boots) == 2)
    assert "started anew" in log.away[0]


async def test_a_command_that_starts_it_anew_each_time_ends_the_bridge(mosquitto: Broker) -> None:
    desk = Desk()
    desk.board.resets_on = {FrameType.MESSAGE}
    bridge = asyncio.create_task(fails(bridge_of(desk, mosquitto)))
    async with MqttPartyLink(mosquitto.options, [ESME]) as party:
        assert await statuses(party, 1) == [True]
        await party.send(ESME, command(1))
        error = await bridge
    assert isinstance(error, BenchError)
    assert "started anew" in str(error)


async def test_a_board_that_hangs_is_the_devices_fault(mosquitto: Broker) -> None:
    desk = Desk()
    desk.board.hangs_on = {FrameType.MESSAGE}
    bridge = asyncio.create_task(fails(bridge_of(desk, mosquitto)))
    async with MqttPartyLink(mosquitto.options, [ESME]) as party:
        assert await statuses(party, 1) == [True]
        await party.send(ESME, command(1))
        error = await bridge
        assert await statuses(party, 1) == [False]
    assert isinstance(error, DeviceFaultError)
    assert "hangs in MESSAGE" in str(error)


async def test_an_answer_in_the_name_of_another_device_is_the_devices_fault(
    mosquitto: Broker,
) -> None:
    desk, log = Desk(), Log()
    desk.board.handler = lambda _: (alert(GSME),)
    async with (
        running(bridge_of(desk, mosquitto, log), log) as task,
        MqttPartyLink(mosquitto.options, [ESME]) as party,
    ):
        await party.send(ESME, command(1))
        with pytest.raises(DeviceFaultError, match="not a device of this hub"):
            await asyncio.wait_for(task, at_most(120))


@pytest.mark.parametrize("octets", [b"", b"\xdf\x09\x00", bytes(8192), bytes(8193)])
async def test_what_is_no_message_does_not_end_it(mosquitto: Broker, octets: bytes) -> None:
    desk, log = Desk(), Log()
    refuse = desk.board.handler
    desk.board.handler = lambda each: refuse(each) if each == command(1) else ()
    async with bridged(desk, mosquitto, log) as party:
        await party._session.publish(Publication(topic(ESME, Channel.COMMAND), octets))
        await party.send(ESME, command(1))
        assert len(await take(party, 1)) == 1
    assert not log.away


async def test_no_board_is_told_at_once(mosquitto: Broker) -> None:
    desk = Desk()
    desk.plugged = False
    started = time.monotonic()
    error = await fails(bridge_of(desk, mosquitto, patience=at_most(600)))
    assert "there is no port" in str(error)
    assert time.monotonic() - started < 200


async def test_one_that_stays_away_ends_it_in_time(mosquitto: Broker) -> None:
    desk, log = Desk(), Log()
    async with running(bridge_of(desk, mosquitto, log, patience=0.5), log) as task:
        desk.pull()
        with pytest.raises(BenchError, match="there is no port fake"):
            await asyncio.wait_for(task, at_most(120))


async def test_another_board_in_its_place_is_refused(mosquitto: Broker) -> None:
    desk, log = Desk(), Log()
    async with running(bridge_of(desk, mosquitto, log), log) as task:
        desk.pull()
        desk.board.entity = GSME
        desk.plug_in()
        with pytest.raises(BenchError, match=f"came back is {GSME}, not {ESME}"):
            await asyncio.wait_for(task, at_most(120))


async def test_a_board_without_a_device_is_refused(mosquitto: Broker) -> None:
    desk = Desk()
    desk.board.store, desk.board.entity = StoreResult.NO_AREA, None
    assert "is not provisioned" in str(await fails(bridge_of(desk, mosquitto)))


async def test_a_board_of_no_drill_is_not_made_another(mosquitto: Broker) -> None:
    story = load_story(SUPPLIER_STORY)
    bridged = board_device.as_in_drill(story, 1, DeviceType.ESME)
    desk = Desk()
    error = await fails(bridge_of(desk, mosquitto, prepare=bridged.prepare))
    assert "of no drill" in str(error)
    assert FrameType.ERASE not in desk.board.executed
    requested = board_device.as_requested(DeviceRequest(DeviceType.ESME, GSME, pki=Path("none")))
    assert f"the board is {ESME}" in str(
        await fails(bridge_of(Desk(), mosquitto, prepare=requested.prepare))
    )


@pytest.mark.parametrize(("forgets", "handed"), [(False, [1, 2]), (True, [2])])
async def test_what_waits_is_for_a_device_that_is_still_the_same(
    mosquitto: Broker, forgets: bool, handed: list[int]
) -> None:
    first, log = Log(), Log()
    async with running(bridge_of(Desk(), mosquitto, first), first):
        pass
    desk = Desk()
    bridge = bridge_of(desk, mosquitto, log)
    bridge._forgets = forgets
    async with MqttPartyLink(mosquitto.options, [ESME]) as party:
        await party.send(ESME, command(1))
        async with running(bridge, log):
            await party.send(ESME, command(2))
            await take(party, len(handed))
    assert list(desk.device.executed) == handed


async def test_no_broker_is_told() -> None:
    options = MqttOptions("127.0.0.1", free_port(), patience=2)
    bridge = BoardBridge(
        Board(BoardPort(Desk(), QUICK)), options, Log(), prepare=nothing, clock=StillClock(NOW)
    )
    assert "cannot reach an MQTT broker" in str(await fails(bridge))
