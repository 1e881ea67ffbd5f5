"""``--target gfi:…``: parties before a hub, and our devices behind one."""

import asyncio
import re
import socket
from collections.abc import Iterable
from pathlib import Path

import pytest

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.device_under_test import Ability
from firmware_sim.bench.dut.devices_target import devices_of
from firmware_sim.bench.dut.hub_line import kind
from firmware_sim.bench.dut.hub_line.kind import BehindHub
from firmware_sim.bench.dut.hub_line.names import HubLineName
from firmware_sim.bench.dut.opening import named_target
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.outcome import Outcome
from firmware_sim.devices.device import Device
from firmware_sim.devices.links.listening_stream import ListeningStream
from firmware_sim.devices.links.text_link import TextDeviceLink
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import CS02A
from tests.bench.drills.rehearsal import SUPPLIER_STORY, Rehearsal, rehearse, until
from tests.support.fake_hub import FakeHub
from tests.support.patience import at_most

SUPPLIER_CELL = TrustAnchorCellId(RemotePartyRole.SUPPLIER, KeyUsage.DIGITAL_SIGNATURE)
NOISE = b"GBCS:DATA#0:3:DD00\r\nhello\r\n\xff\xfe\r\n"


async def drilled(
    folder: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch, until_step: str
) -> Rehearsal:
    """A drill before a hub that has the drill's devices, with the credentials that they hold."""

    def handed_over(premises: Iterable[Premises]) -> dict[EntityId, Device]:
        devices = devices_of(premises)
        hub.devices.update({bytes(entity): device for entity, device in devices.items()})
        return devices

    monkeypatch.setattr(kind, "devices_of", handed_over)
    story = until(SUPPLIER_STORY, until_step)
    return await rehearse(story, folder / "run", target=f"{hub.target}?wait=1")


async def test_a_drill_passes_on_devices_behind_a_hub_through_lost_and_bad_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeHub(lose=[4], noise=NOISE) as hub:
        rehearsal = await drilled(tmp_path, hub, monkeypatch, "old-supplier-works")
    assert rehearsal.outcome is Outcome.PASSED, rehearsal.reasons()
    counters = [(each.target, each.counter) for each in map(parse_message, hub.taken)]
    lost = parse_message(hub.taken[4])
    again = [
        each
        for each in map(parse_message, hub.taken[5:])
        if (each.target, each.code) == (lost.target, lost.code)
    ]
    assert again, "a command that was lost is sent again"
    assert again[0].counter > lost.counter
    assert len(set(counters)) == len(counters), "no device gets a counter twice"


async def test_a_device_that_is_not_behind_the_hub_is_an_error_of_the_bench(
    tmp_path: Path,
) -> None:
    with FakeHub() as hub:
        story = until(SUPPLIER_STORY, "old-supplier-works")
        rehearsal = await rehearse(story, tmp_path / "run", target=f"{hub.target}?wait=1")
    assert rehearsal.outcome is Outcome.ERROR
    assert "tells whether the hub has such a device" in rehearsal.reasons()
    assert "broker" not in rehearsal.reasons()


class Echo:
    """Answers by what the test says."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = answers

    def handle(self, _device: EntityId, _octets: bytes) -> tuple[bytes, ...]:
        return self.answers


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("gfi:tcp://hub.example:2000", HubLineName("hub.example:2000", "tcp")),
        ("gfi:tcp-listen://2000", HubLineName("127.0.0.1:2000", "tcp-listen")),
        ("gfi:tcp-listen://0.0.0.0:2000", HubLineName("0.0.0.0:2000", "tcp-listen")),
        ("gfi:/dev/ttyUSB0?baud=9600&wait=30", HubLineName("/dev/ttyUSB0", "", 30, 9600)),
    ],
)
def test_a_line_is_named_by_host_port_or_path(target: str, name: HubLineName) -> None:
    assert named_target(target) == BehindHub(name)


@pytest.mark.parametrize(
    "target",
    [
        "gfi:", "gfi:tcp://", "gfi:tcp://host", "gfi:tcp://host:99999", "gfi:udp://host:1",
        "gfi:tcp-listen://x", "gfi:COM1", "gfi:/dev/ttyUSB0?speed=1", "gfi:tcp://h:1?wait=0",
        "gfi:tcp://h:1?wait=-1", "gfi:tcp://a b:1", "gfi:/dev/ttyUSB0?baud=9e9",
    ],
)  # fmt: skip
def test_a_line_that_is_none_is_refused_as_usage(target: str) -> None:
    with pytest.raises(UsageError):
        named_target(target)


def test_nothing_at_the_port_is_an_error_of_the_bench() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    named = named_target(f"gfi:tcp://127.0.0.1:{port}")
    with pytest.raises(BenchError, match="see to the hub"), named.device():
        pass


def test_a_device_behind_a_hub_takes_messages_and_has_no_other_ability() -> None:
    with FakeHub() as hub, named_target(f"{hub.target}?wait=1").device() as device:
        assert device.abilities == Ability(0)
        with pytest.raises(Exception, match="takes messages and nothing else"):
            device.image()
        with pytest.raises(Exception, match="reach no device"):
            device.receive(b"no message")


async def test_our_device_answers_with_the_number_of_the_line_and_drops_what_is_not_its(
    asked: tuple[EntityId, bytes, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    entity, command, answer = asked
    stream = ListeningStream("127.0.0.1", 0)
    port = int(stream.name.rpartition(":")[2])
    async with TextDeviceLink(lambda: stream, [entity]) as link:
        serving = asyncio.create_task(link.serve(Echo(answer).handle))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        line = f"GBCS:DATA#42:{len(command)}:{command.hex().upper()}\r\n".encode()
        stranger = answer  # its target is a party, and no device is here by that name
        other = f"GBCS:DATA#1:{len(stranger)}:{stranger.hex().upper()}\r\n".encode()
        writer.write(NOISE + other + line)
        async with asyncio.timeout(at_most(60)):
            came = await reader.readline()
        writer.close()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    assert came == f"GBCS:DATA#42:{len(answer)}:{answer.hex().upper()}\r\n".encode()
    assert link.strangers == 1
    assert link.reader.dropped.total() == 3
    assert re.search(r"dropped lines so far: 3 \([^{}']+: \d[^{}']*\)", caplog.text)
    assert "no device of this line is meant" in caplog.text


@pytest.fixture
def asked() -> tuple[EntityId, bytes, bytes]:
    """A device, a command to it, and what it answers."""
    parties, policy = AllParties(), Policy()
    device = parties.device(parties.flash(DeviceType.ESME, policy), policy)
    command = parties.read(device, SUPPLIER_CELL, CS02A).build()
    (answer,) = device.receive(command).messages
    return device.entity_id, command, answer
