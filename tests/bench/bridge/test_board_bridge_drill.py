"""What comes through a bridge is what the simulator would say; and a drill plays with it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from firmware_sim.bench.bridge import board_device
from firmware_sim.bench.bridge.board_bridge import BoardBridge
from firmware_sim.bench.cli.message.query import read_back
from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.dut.blueprint import blueprint_of
from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.narrative import what_happened
from firmware_sim.bench.outcome import Outcome
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import Device
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_port import BoardPort
from firmware_sim.devices.links.board_protocol import FrameType, ResetCause
from firmware_sim.devices.links.framing import Frame
from firmware_sim.devices.links.link import Arrival, Channel
from firmware_sim.devices.links.mqtt import MqttPartyLink
from firmware_sim.devices.links.serial_port import serial_streams
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.gbcs.times import decode_date_time
from firmware_sim.hw.emulators.qemu import QemuBoard
from firmware_sim.machine.refusals import RefusalReason
from tests.bench.bridge.bridge_desk import NOW, QUICK, Log, bridge_of, running
from tests.bench.drills.rehearsal import SUPPLIER_STORY, rehearse
from tests.bench.drills.rehearsal import until as until_step
from tests.board.emulated import elf, mps2
from tests.contract.broker_fixtures import broker, mosquitto
from tests.contract.brokers import Broker
from tests.contract.exchange import take
from tests.requirements import needs_board
from tests.support.fake_board import FakeStream
from tests.support.simulated_board import SimulatedBoard

pytestmark = pytest.mark.slow

__all__ = ["broker", "mosquitto"]


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
    entity, clock, log = device_entity_id(DeviceType.ESME, 0), StillClock(NOW), Log()
    factory = partial(manufacture, DrillPki.load(pki), DeviceType.ESME, entity, policy=Policy())
    device = Surroundings(clock).powered(factory(seed=bytes(32)))
    become = becoming(device)
    query = partial(read_back, pki, DeviceType.ESME, entity)
    first, second = query("supplier", 1).build(), query("networkOperator", 1).build()
    with QemuBoard(mps2(), elf()) as emulator:
        streams = serial_streams(emulator.port, lock_folder=tmp_path)
        bridge = bridge_of(streams, mosquitto, log, prepare=become)
        async with (
            running(bridge, log),
            MqttPartyLink(mosquitto.options, [entity]) as party,
        ):
            for octets in (first, first, second[:-1] + bytes((second[-1] ^ 1,)), second):
                await party.send(entity, octets)
                (arrival,) = await take(party, 1)
                clock.put_time(time_in(arrival) or clock.time)
                assert (arrival.octets,) == device.receive(octets).messages
    reasons = [each.effects.refusal and each.effects.refusal.reason for each in log.seen]
    assert reasons == [None, RefusalReason.REPLAYED, RefusalReason.BAD_SIGNATURE, None]


def becoming(device: Device) -> Callable[[Board], None]:
    blueprint = blueprint_of(device.image())
    return lambda board: BoardDevice(board).begin(blueprint)


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
    bridged = board_device.as_in_drill(load_story(SUPPLIER_STORY), 1, DeviceType.ESME)
    stream = FakeStream(board)
    bridge = BoardBridge(
        Board(BoardPort(lambda: stream, QUICK)),
        mosquitto.options,
        log,
        prepare=bridged.prepare,
        clock=bridged.clock,
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
    told_of = dict(what_happened(export(rehearsal.folder)))
    assert "of 9 cells only one account tells" in told_of["What changed"]
    assert f"{len(told)} are told beside the device, unsigned" in told_of["What was refused"]


async def test_a_drill_waits_for_no_board_that_left(mosquitto: Broker, tmp_path: Path) -> None:
    """Behind an offline status is no device: the drill plays the device itself."""
    board, log = SimulatedBoard(), Log()
    bridged = board_device.as_in_drill(load_story(SUPPLIER_STORY), 1, DeviceType.ESME)
    stream = FakeStream(board)
    bridge = bridge_of(lambda: stream, mosquitto, log, prepare=bridged.prepare)
    async with running(bridge, log):
        pass
    target = f"mqtt://127.0.0.1:{mosquitto.options.port}"
    story = until_step(SUPPLIER_STORY, "cells-before")
    rehearsal = await rehearse(story, tmp_path / "run", target=target)
    assert "failed" not in rehearsal.steps().values()
    assert not board.handed


class Restless(SimulatedBoard):
    """Starts anew over some of its messages: before it has executed them, or after."""

    def __init__(self, *restarts: int, after: bool) -> None:
        super().__init__()
        self.restarts = set(restarts)
        self.after = after
        self.messages = 0

    def _answer(self, frame: Frame, check: int) -> bytes:
        if frame.type != FrameType.MESSAGE:
            return super()._answer(frame, check)
        self.messages += 1
        if self.messages not in self.restarts:
            return super()._answer(frame, check)
        if self.after:
            super()._answer(frame, check)
        assert self.device is not None
        self.device.power_on()
        return self.start(ResetCause.WATCHDOG)


@pytest.mark.parametrize("after", [False, True])
async def test_a_board_that_starts_anew_in_a_drill_over_mqtt_is_carried_through(
    mosquitto: Broker, tmp_path: Path, after: bool
) -> None:
    """Its command comes again: executed now, or refused as a replay and the cells read back."""
    board, log = Restless(1, 4, 9, after=after), Log()
    bridged = board_device.as_in_drill(load_story(SUPPLIER_STORY), 1, DeviceType.ESME)
    stream = FakeStream(board)
    bridge = bridge_of(lambda: stream, mosquitto, log, prepare=bridged.prepare)
    async with running(bridge, log):
        target = f"mqtt://127.0.0.1:{mosquitto.options.port}"
        waits = Waits(response=3, silence=0.5)
        rehearsal = await rehearse(SUPPLIER_STORY, tmp_path / "run", target=target, waits=waits)
    assert rehearsal.outcome is Outcome.PASSED, rehearsal.reasons()
    assert len(log.away) == 3
    executed = [
        each.octets for each in log.seen if each.effects.refusal is None and each.octets is not None
    ]
    assert len(executed) == len(set(executed))
