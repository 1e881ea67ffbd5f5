"""Boards as a target: the same drills, the same record; trouble on the way is the bench's."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from firmware_sim.bench.drills import runner
from firmware_sim.bench.drills.playing import StepPlayer
from firmware_sim.bench.dut.blueprint import blueprint_of
from firmware_sim.bench.dut.board import emulated
from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.dut.board.emulated import emulated_target
from firmware_sim.bench.dut.board.names import (
    EmulatedName,
    SerialName,
    board_target,
)
from firmware_sim.bench.dut.board.serial_line import serial_target
from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.dut.default_policy import check_default_policy
from firmware_sim.bench.dut.device_under_test import Ability
from firmware_sim.bench.dut.devices_target import DevicesTarget, ReachedDevice
from firmware_sim.bench.dut.opening import named_target, open_target
from firmware_sim.bench.dut.refusals import effects_of
from firmware_sim.bench.dut.simulated.premises import build_premises, device_entity_id
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.outcome import Outcome
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import Device
from firmware_sim.devices.links.board import StagedRecord
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.board_port import Patience
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.hw.emulators import power
from firmware_sim.hw.emulators.qemu import QemuBoard
from firmware_sim.machine.image.codec import unpack_own_counters
from firmware_sim.machine.image.records import OWN_COUNTERS_KEY, RecordKind
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import RefusalReason
from tests.bench.drills.rehearsal import SUPPLIER_STORY, rehearse, until
from tests.board.emulated import elf, is_gone, linked, mps2
from tests.support.patience import at_most

pytestmark = pytest.mark.usefixtures("emulated_board_tools")

BOARD = "board:mps2-an385"
SEED = bytes(32)


@cache
def home() -> Premises:
    return build_premises(DrillPki.generate(1), 0, SEED, Surroundings(StillClock()))


def esme() -> Device:
    return next(each for each in home().devices.values() if each.device_type is DeviceType.ESME)


@contextmanager
def powered(folder: Path) -> Iterator[str]:
    """A board at a port, as a real one."""
    with QemuBoard(mps2(), elf(), folder / "flash") as emulator:
        yield f"serial:{emulator.port}"


async def test_a_drill_passes_on_emulated_boards(tmp_path: Path) -> None:
    rehearsal = await rehearse(SUPPLIER_STORY, tmp_path / "run", target=BOARD)
    assert rehearsal.outcome is Outcome.PASSED, rehearsal.reasons()
    assert rehearsal.rows("SELECT count(*) FROM device") == [(3,)]


async def test_the_drill_leaves_the_record_that_a_simulated_one_leaves(tmp_path: Path) -> None:
    """The same seed: the same messages, refusals and flash images, octet for octet."""
    story = until(SUPPLIER_STORY, "old-supplier-works")
    runs = [
        await rehearse(story, tmp_path / target[:5], target=target) for target in ("memory", BOARD)
    ]
    queries = (
        "SELECT device, direction, octets FROM message ORDER BY device, id",
        "SELECT device, reason FROM refusal ORDER BY device, id",
        "SELECT entity, image_before, image_after FROM device ORDER BY entity",
    )
    for query in queries:
        simulated, on_boards = (run.rows(query) for run in runs)
        assert simulated == on_boards


async def test_a_drill_goes_through_a_serial_port(tmp_path: Path) -> None:
    story = until(SUPPLIER_STORY, "old-supplier-works")
    with powered(tmp_path) as target:
        rehearsal = await rehearse(story, tmp_path / "run", target=target)
    assert rehearsal.outcome is not Outcome.FAILED, rehearsal.reasons()
    assert rehearsal.rows("SELECT type FROM device") == [("ESME",)]


async def test_a_flash_read_over_the_link_is_the_flash(tmp_path: Path) -> None:
    entity = esme().entity_id
    with powered(tmp_path) as target:
        async with open_target(target, [home()]) as connected:
            read = await connected.image(entity)
        assert read == (tmp_path / "flash").read_bytes()[: mps2().flash.size]
    assert read == esme().image()


async def test_a_provisioned_board_is_the_simulated_device_octet_for_octet() -> None:
    async with emulated_target([home()], EmulatedName("mps2-an385")) as target:
        assert await target.image(esme().entity_id) == esme().image()


async def test_a_board_that_is_of_no_drill_is_not_erased(tmp_path: Path) -> None:
    blueprint = blueprint_of(esme().image())
    stranger = EntityId(b"\x00\x0b\x6b" + bytes(5))
    with QemuBoard(mps2(), elf(), tmp_path / "flash") as emulator:
        with linked(emulator, tmp_path) as board:
            staged = [StagedRecord(key.kind, key.number, body) for key, body in blueprint.records]
            identity = staged[0]
            body = identity.body[:1] + stranger + identity.body[9:]
            board.provision(DeviceType.ESME, stranger, [identity._replace(body=body), *staged[1:]])
        with pytest.raises(BenchError, match="of no drill; firmware-sim board erase"):
            async with serial_target([home()], SerialName(emulator.port)):
                pass
        with linked(emulator, tmp_path) as board:
            assert board.boot.entity == stranger


async def test_one_board_is_one_device(tmp_path: Path) -> None:
    with powered(tmp_path) as target:
        assert named_target(target).device_types() == frozenset((DeviceType.ESME,))
        assert named_target(f"{target}?type=gpf").device_types() == frozenset((DeviceType.GPF,))
        with pytest.raises(UsageError, match="use --premises 1"):
            async with open_target(target, []):
                pass


async def test_a_story_that_the_board_has_no_part_in_says_so(tmp_path: Path) -> None:
    text = "needs a GPF, and the board is ESME"
    with powered(tmp_path) as target, pytest.raises(UsageError, match=text):
        await rehearse("gpf-handover", tmp_path / "run", target=target)


async def test_no_emulator_outlives_a_drill_that_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = []

    def noted(*arguments: object) -> object:
        made = power.power_up(*arguments)  # type: ignore[arg-type]
        assert isinstance(made, QemuBoard)
        pids.append(made.pid)
        return made

    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(emulated, "power_up", noted)
    monkeypatch.setattr(StepPlayer, "verdicts", breaks)
    with pytest.raises(ZeroDivisionError):
        await rehearse(until(SUPPLIER_STORY, "cells-before"), tmp_path / "run", target=BOARD)
    assert pids
    assert all(map(is_gone, pids))


async def test_an_emulator_that_dies_is_the_bench_s_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def dies(*arguments: object) -> object:
        made = power.power_up(*arguments)  # type: ignore[arg-type]
        assert isinstance(made, QemuBoard)
        os.kill(made.pid, signal.SIGKILL)
        return made

    monkeypatch.setattr(emulated, "power_up", dies)
    with pytest.raises(BenchError):
        await rehearse(SUPPLIER_STORY, tmp_path / "run", target=BOARD)


class BrokenDevice(BoardDevice):
    """Works until it is to answer."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    @property
    def abilities(self) -> Ability:
        return Ability(0)

    def receive(self, octets: bytes) -> Effects:
        raise self._error


def play_on_broken(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    @asynccontextmanager
    async def opened(_: str, premises: list[Premises]) -> AsyncIterator[DevicesTarget]:
        async def broken(_: Device) -> ReachedDevice:
            return ReachedDevice(BrokenDevice(error))

        devices = {entity: each for one in premises for entity, each in one.devices.items()}
        yield DevicesTarget(devices, broken)

    monkeypatch.setattr(runner, "open_target", opened)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (LinkError("no board answers at PORT"), Outcome.ERROR),
        (DeviceFaultError("the board lives, but does not answer MESSAGE"), Outcome.FAILED),
    ],
)
async def test_whose_fault_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, outcome: Outcome
) -> None:
    play_on_broken(monkeypatch, error)
    rehearsal = await rehearse(SUPPLIER_STORY, tmp_path / "run")
    assert rehearsal.outcome is outcome
    assert str(error) in rehearsal.reasons()
    assert len(rehearsal.steps()) == 1


async def test_a_board_that_starts_anew_in_a_drill_is_the_bench_s_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An armed cut that falls due stands for a supply that fails."""
    receive = BoardDevice.receive

    def cut_then_receive(self: BoardDevice, octets: bytes) -> Effects:
        self.board.cut(2)
        return receive(self, octets)

    monkeypatch.setattr(BoardDevice, "receive", cut_then_receive)
    rehearsal = await rehearse(SUPPLIER_STORY, tmp_path / "run", target=BOARD)
    assert rehearsal.outcome is Outcome.ERROR
    assert "started anew" in rehearsal.reasons()


def test_a_refusal_keeps_its_reason() -> None:
    effects = effects_of(b"no message", (), RefusalReason.MALFORMED)
    assert effects.refusal is not None
    assert effects.refusal.reason is RefusalReason.MALFORMED
    assert effects.refusal.originator is None
    assert effects_of(b"", (b"answer",), 0) == Effects((b"answer",))
    with pytest.raises(BenchError, match="reason 200, which is none"):
        effects_of(b"", (), 200)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("board:mps2-an385", EmulatedName("mps2-an385")),
        ("board:x?emulator=unicorn&elf=f.elf", EmulatedName("x", "unicorn", Path("f.elf"))),
        ("serial:/dev/ttyACM0", SerialName("/dev/ttyACM0")),
        ("serial:", SerialName(None)),
        ("serial:usb:ABC?baud=9600&type=gpf", SerialName("usb:ABC", 9600, "gpf")),
        ("serial:socket://127.0.0.1:1234", SerialName("socket://127.0.0.1:1234")),
        ("memory", None),
        ("mqtt://localhost", None),
    ],
)
def test_the_names_of_boards(target: str, name: object) -> None:
    assert board_target(target) == name


@pytest.mark.parametrize(
    "target", ["board:x?speed=9", "board:x?emulator=bochs", "serial:x?baud=fast", "serial:x?elf=f"]
)
def test_options_that_boards_do_not_have(target: str) -> None:
    with pytest.raises(UsageError):
        board_target(target)


async def test_a_board_follows_the_default_policy_only(tmp_path: Path) -> None:
    check_default_policy(Policy())
    other = replace(Policy(), refusal_alerts="silence")
    with pytest.raises(UsageError, match="refusal_alerts=silence"):
        await rehearse(SUPPLIER_STORY, tmp_path / "run", target=BOARD, policy=other)


async def test_a_board_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="is no board; use mps2-an385"):
        await rehearse(SUPPLIER_STORY, tmp_path / "run", target="board:arduino")


def test_a_blueprint_is_the_device_as_it_left_the_factory() -> None:
    blueprint = blueprint_of(esme().image())
    assert blueprint.entity == esme().entity_id
    assert blueprint.device_type is DeviceType.ESME
    assert device_entity_id(DeviceType.ESME, 0)[:2] == blueprint.entity[:2]
    kinds = {key.kind for key, _ in blueprint.records}
    assert kinds == set(RecordKind) - {
        RecordKind.LOG_EVENT,
        RecordKind.LOG_TALLY,
        RecordKind.PENDING_COMMAND,
        RecordKind.PENDING_CHUNK,
        RecordKind.RETIRED_KEY,
        RecordKind.TOP_UP,
        RecordKind.ACTIVATION,
    }
    own = unpack_own_counters(0, dict(blueprint.records)[OWN_COUNTERS_KEY])
    assert own.boots == esme().machine.state.own.boots - 1 == 0


async def test_a_wedged_board_is_the_bench_s_error_in_bounded_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped emulator stands for a board that hangs: it looks like a dead cable."""

    def wedges(*arguments: object) -> object:
        made = power.power_up(*arguments)  # type: ignore[arg-type]
        assert isinstance(made, QemuBoard)
        asyncio.get_running_loop().call_later(0.5, os.kill, made.pid, signal.SIGSTOP)
        return made

    monkeypatch.setattr(emulated, "power_up", wedges)
    monkeypatch.setattr(
        emulated, "PATIENCE", Patience(sign=0.1, answer=0.2, attempts=2, start=at_most(300))
    )
    begin = time.monotonic()
    with suppress(BenchError):  # if it wedges before the first step
        rehearsal = await rehearse(SUPPLIER_STORY, tmp_path / "run", target=BOARD)
        assert rehearsal.outcome is Outcome.ERROR
        assert "no board answers" in rehearsal.reasons()
    assert time.monotonic() - begin < 200


async def test_a_board_on_a_line_passes_a_drill_by_its_own_answers(tmp_path: Path) -> None:
    """What the board tells of a refusal beside its messages is shown, and proves nothing."""
    with powered(tmp_path) as target:
        rehearsal = await rehearse(SUPPLIER_STORY, tmp_path / "run", target=target)
    assert rehearsal.outcome is Outcome.PASSED, rehearsal.reasons()
    rows = rehearsal.rows("SELECT actual FROM verdict WHERE name = 'refused by the device'")
    assert len(rows) > 2
    assert all("nothing changed by the device's own answer" in actual for (actual,) in rows)
    assert all("unsigned: " in text for (text,) in rehearsal.rows("SELECT text FROM refusal"))
