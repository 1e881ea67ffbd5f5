"""A board at a broker: carried over, octet for octet; away, back, reset, hung, hostile."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from bench.cli.message_query import read_back
from bench.drills.story_file import load_story
from bench.errors import BenchError
from bench.host import board_device
from bench.host.board_bridge import BoardBridge
from bench.host.device_host import Handled
from bench.host.manufacture import manufacture
from bench.host.premises import device_entity_id
from bench.outcome import Outcome
from bench.smki.pki import DrillPki
from bench.targets.factory import blueprint_of
from devices.device import Device
from devices.links.board import Board, StagedRecord
from devices.links.board_errors import DeviceFaultError
from devices.links.board_port import BoardPort, Patience
from devices.links.board_protocol import BootRecord, FrameType, ResetCause, StoreResult
from devices.links.link import Arrival, Channel, LinkError
from devices.links.mqtt import MqttPartyLink
from devices.links.mqtt_connection import Publication
from devices.links.mqtt_options import MqttOptions
from devices.links.octet_stream import LineLostError, OctetStream
from devices.links.presence import Presence
from devices.links.serial_port import serial_streams
from devices.links.topics import topic
from firmware_sim.ports import ClockReading, ClockReliability
from firmware_sim.refusals import RefusalReason
from gbcs.crypto import P256Suite
from gbcs.policy import Policy
from gbcs.roles import DeviceType
from gbcs.times import decode_date_time
from hw.emulators.qemu import QemuBoard
from tests.bench.drills.rehearsal import SUPPLIER_STORY, rehearse
from tests.bench.drills.rehearsal import until as until_step
from tests.board.emulated import elf, mps2
from tests.contract.broker_fixtures import broker, mosquitto
from tests.contract.brokers import Broker, free_port
from tests.contract.exchange import take
from tests.contract.fake_device import ESME, GSME, FakeDevice, alert, command
from tests.requirements import needs_board
from tests.support.fake_board import FakeBoard, FakeStream
from tests.support.meter import Clock
from tests.support.simulated_board import SimulatedBoard

__all__ = ["broker", "mosquitto"]

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUICK = Patience(sign=0.2, answer=1, attempts=3, start=1, reconnect=0)


class StandingClock:
    def now(self) -> ClockReading:
        return ClockReading(NOW, ClockReliability.RELIABLE)


class Desk:
    """A fake board with a device, and a cable that can be pulled."""

    def __init__(self) -> None:
        self.device = FakeDevice(ESME)
        self.handed: list[bytes] = []
        self.board = FakeBoard(self._handle, entity=ESME, device_type=1, store=StoreResult.OK)
        self.lines: list[FakeStream] = []
        self.plugged = True

    def _handle(self, octets: bytes) -> list[bytes]:
        self.handed.append(octets)
        return list(self.device.handle(ESME, octets))

    def __call__(self) -> OctetStream:
        if not self.plugged:
            raise LinkError("there is no port fake")
        self.lines.append(FakeStream(self.board, powers_on=not self.lines))
        return self.lines[-1]

    def pull(self) -> None:
        self.plugged = False
        self.lines[-1].lost = True

    def plug_in(self) -> None:
        self.plugged = True


class Log:
    """What the bridge tells."""

    def __init__(self) -> None:
        self.boots: list[BootRecord] = []
        self.away: list[str] = []
        self.seen: list[Handled] = []

    def online(self, boot: BootRecord) -> None:
        self.boots.append(boot)

    def offline(self, why: str) -> None:
        self.away.append(why)

    def handled(self, handled: Handled) -> None:
        self.seen.append(handled)


def nothing(_board: Board) -> None:
    pass


def bridge_of(
    streams: Callable[[], OctetStream],
    broker: Broker,
    log: Log | None = None,
    patience: float = 10,
    prepare: Callable[[Board], None] = nothing,
) -> BoardBridge:
    return BoardBridge(
        Board(BoardPort(streams, QUICK)),
        broker.options,
        log or Log(),
        prepare=prepare,
        clock=StandingClock(),
        patience=patience,
        watch_seconds=0.1,
    )


@asynccontextmanager
async def running(bridge: BoardBridge, log: Log) -> AsyncIterator[asyncio.Task[None]]:
    """A bridge that is online; stopped at the end."""
    task = asyncio.create_task(bridge.run())
    try:
        await until(lambda: bool(log.boots) or task.done())
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, BenchError, DeviceFaultError):
            await task


@asynccontextmanager
async def bridged(desk: Desk, broker: Broker, log: Log) -> AsyncIterator[MqttPartyLink]:
    """A party at the broker where the board is."""
    async with (
        running(bridge_of(desk, broker, log), log),
        MqttPartyLink(broker.options, [ESME]) as party,
    ):
        yield party


async def until(holds: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        await asyncio.sleep(0.02)


async def fails(bridge: BoardBridge, seconds: float = 20) -> Exception:
    """What a bridge ends with, in bounded time."""
    with pytest.raises((BenchError, DeviceFaultError)) as error:
        async with asyncio.timeout(seconds):
            await bridge.run()
    assert "\n" not in str(error.value)
    return error.value


async def statuses(link: MqttPartyLink, count: int) -> list[bool]:
    return [Presence.parse(each.octets).online for each in await take(link, count, Channel.STATUS)]


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


async def test_an_answer_of_somebody_else_is_the_devices_fault(mosquitto: Broker) -> None:
    desk, log = Desk(), Log()
    desk.board.handler = lambda _: (alert(GSME),)
    async with (
        running(bridge_of(desk, mosquitto, log), log) as task,
        MqttPartyLink(mosquitto.options, [ESME]) as party,
    ):
        await party.send(ESME, command(1))
        with pytest.raises(DeviceFaultError, match="not a device of this hub"):
            await asyncio.wait_for(task, 15)


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
    error = await fails(bridge_of(desk, mosquitto, patience=60))
    assert "there is no port" in str(error)
    assert time.monotonic() - started < 5


async def test_one_that_stays_away_ends_it_in_time(mosquitto: Broker) -> None:
    desk, log = Desk(), Log()
    async with running(bridge_of(desk, mosquitto, log, patience=0.5), log) as task:
        desk.pull()
        with pytest.raises(BenchError, match="there is no port fake"):
            await asyncio.wait_for(task, 15)


async def test_another_board_in_its_place_is_refused(mosquitto: Broker) -> None:
    desk, log = Desk(), Log()
    async with running(bridge_of(desk, mosquitto, log), log) as task:
        desk.pull()
        desk.board.entity = GSME
        desk.plug_in()
        with pytest.raises(BenchError, match=f"came back is {GSME}, not {ESME}"):
            await asyncio.wait_for(task, 15)


async def test_a_board_without_a_device_is_refused(mosquitto: Broker) -> None:
    desk = Desk()
    desk.board.store, desk.board.entity = StoreResult.NO_AREA, None
    assert "is not provisioned" in str(await fails(bridge_of(desk, mosquitto)))


async def test_no_broker_is_told() -> None:
    options = MqttOptions("127.0.0.1", free_port(), patience=2)
    bridge = BoardBridge(
        Board(BoardPort(Desk(), QUICK)), options, Log(), prepare=nothing, clock=StandingClock()
    )
    assert "cannot reach an MQTT broker" in str(await fails(bridge))


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bridge") / "pki"
    DrillPki.generate(4).save(folder)
    return folder


@needs_board
async def test_the_firmware_answers_as_the_simulator_octet_for_octet(
    mosquitto: Broker, pki: Path, tmp_path: Path
) -> None:
    """Reads, a replay and a spoilt signature; the simulator's clock is put where the board's is."""
    entity, clock, log = device_entity_id(DeviceType.ESME, 0), Clock(NOW), Log()
    factory = partial(manufacture, DrillPki.load(pki), DeviceType.ESME, entity, policy=Policy())
    device = Device(factory(seed=bytes(32)), clock=clock, suite=P256Suite(), policy=Policy())
    part = cast_as(device)
    query = partial(read_back, pki, DeviceType.ESME, entity)
    first, second = query("supplier", 1).build(), query("networkOperator", 1).build()
    with QemuBoard(mps2(), elf()) as emulator:
        streams = serial_streams(emulator.port, lock_folder=tmp_path)
        bridge = bridge_of(streams, mosquitto, log, prepare=part)
        async with (
            running(bridge, log),
            MqttPartyLink(mosquitto.options, [entity]) as party,
        ):
            for octets in (first, first, second[:-1] + bytes((second[-1] ^ 1,)), second):
                await party.send(entity, octets)
                (arrival,) = await take(party, 1)
                clock.time = time_in(arrival) or clock.time
                assert (arrival.octets,) == device.receive(octets).messages
    reasons = [each.effects.refusal and each.effects.refusal.reason for each in log.seen]
    assert reasons == [None, RefusalReason.REPLAYED, RefusalReason.BAD_SIGNATURE, None]


def cast_as(device: Device) -> Callable[[Board], None]:
    blueprint = blueprint_of(device.image())
    records = [StagedRecord(key.kind, key.number, body) for key, body in blueprint.records]

    def prepare(board: Board) -> None:
        board.provision(blueprint.device_type, blueprint.entity, records)

    return prepare


def time_in(arrival: Arrival) -> datetime | None:
    """When an alert says that it was made: an OCTET STRING of twelve octets."""
    if arrival.channel is not Channel.ALERT:
        return None
    at = arrival.octets.index(b"\x09\x0c") + 2
    return decode_date_time(arrival.octets[at : at + 12])[0]


async def test_a_drill_over_the_broker_plays_with_the_bridged_board(
    mosquitto: Broker, tmp_path: Path
) -> None:
    """The ESME is a board's, all others are the drill's own; also what must be refused is."""
    board, log = SimulatedBoard(), Log()
    part = board_device.cast_in(load_story(SUPPLIER_STORY), 1, DeviceType.ESME)
    stream = FakeStream(board)
    bridge = BoardBridge(
        Board(BoardPort(lambda: stream, QUICK)),
        mosquitto.options,
        log,
        prepare=part.prepare,
        clock=part.clock,
    )
    async with running(bridge, log):
        target = f"mqtt://127.0.0.1:{mosquitto.options.port}"
        rehearsal = await rehearse(SUPPLIER_STORY, tmp_path / "run", target=target)
        (boot,) = log.boots
    assert rehearsal.outcome is Outcome.PASSED, rehearsal.reasons()
    entity = str(boot.entity)
    sent = "SELECT octets FROM message WHERE device = ? AND direction = 'to device'"
    refused = "SELECT reason FROM refusal WHERE device = ?"
    assert board.handed == [
        octets for (octets,) in rehearsal.rows(sent.replace("?", f"'{entity}'"))
    ]
    told = [reason for (reason,) in rehearsal.rows(refused.replace("?", f"'{entity}'"))]
    seen = [each.effects.refusal for each in log.seen if each.effects.refusal is not None]
    assert told == [each.reason.label for each in seen]
    assert told
    images = rehearsal.rows("SELECT entity FROM device WHERE image_after IS NULL")
    assert images == [(entity,)]


async def test_a_drill_waits_for_no_board_that_left(mosquitto: Broker, tmp_path: Path) -> None:
    """An offline status is nobody's: the drill plays the device itself."""
    board, log = SimulatedBoard(), Log()
    part = board_device.cast_in(load_story(SUPPLIER_STORY), 1, DeviceType.ESME)
    stream = FakeStream(board)
    bridge = bridge_of(lambda: stream, mosquitto, log, prepare=part.prepare)
    async with running(bridge, log):
        pass
    target = f"mqtt://127.0.0.1:{mosquitto.options.port}"
    story = until_step(SUPPLIER_STORY, "cells-before")
    rehearsal = await rehearse(story, tmp_path / "run", target=target)
    assert "failed" not in rehearsal.steps().values()
    assert not board.handed
