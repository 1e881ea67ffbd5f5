"""Questions of many devices go to the engine's process together; the answers are each one's own."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.dut.native.device import NativeDevice
from firmware_sim.bench.dut.native.gathered_device import GatheredDevice
from firmware_sim.bench.dut.native.gathering import TOGETHER, Gathering
from firmware_sim.bench.experiments.benchmarks.workload import AT, Workload
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.hw.engine.device import EngineDevice
from firmware_sim.hw.engine.errors import EngineCrashError
from firmware_sim.hw.engine.hosting import EngineDeviceProxy, EngineProcess
from firmware_sim.hw.engine.serving import EngineCall, EngineQuestion
from firmware_sim.machine.flash.geometry import NRF52840
from firmware_sim.machine.flash.nor import NorFlash
from tests.board.stubs import Stub, stubbed
from tests.requirements import require_engine

MODE = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY
CLOCK = StillClock(AT)


@pytest.fixture
def engine() -> Iterator[EngineProcess]:
    with EngineProcess(require_engine()) as opened:
        yield opened


def powered(engine: EngineProcess, workload: Workload, number: int) -> NativeDevice:
    flash = NorFlash(NRF52840)
    flash.restore(workload.snapshots[number % len(workload.snapshots)])
    device = NativeDevice(engine.open("nrf52840"), NRF52840)
    device.load(flash.image())
    return device


def messages_sent(engine: EngineProcess, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many questions each message to the process has, from now on."""
    sent, true = list[int](), engine.send

    def send(questions: Sequence[EngineQuestion]) -> None:
        sent.append(len(questions))
        true(questions)

    monkeypatch.setattr(engine, "send", send)
    return sent


async def until_sent(gathering: Gathering) -> None:
    while not gathering._sent:  # noqa: ASYNC110 - nothing says so but this
        await asyncio.sleep(0)


async def test_devices_are_asked_together_and_answer_as_if_each_were_asked_alone(
    engine: EngineProcess, workload: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, count = workload.commands[MODE], 2 * TOGETHER + 3
    alone = []
    for number, command in enumerate(commands):
        device = powered(engine, workload, number)
        device.set_clock(CLOCK.now())
        alone.append((device.receive(command), device.image()))
    devices = [powered(engine, workload, number) for number in range(count)]
    gathering = Gathering(engine)
    sent = messages_sent(engine, monkeypatch)

    async def asked(number: int) -> tuple[object, bytes | None]:
        device = GatheredDevice(devices[number], CLOCK, gathering)
        return await device.receive(commands[number % len(commands)]), await device.image()

    found = await asyncio.gather(*map(asked, range(count)))
    assert found == [alone[number % len(alone)] for number in range(count)]
    assert sent == [TOGETHER, TOGETHER, 3]


@pytest.mark.parametrize("pause", [0.0, 0.02])
async def test_who_goes_on_first_does_not_depend_on_how_fast_the_engine_is(
    engine: EngineProcess, monkeypatch: pytest.MonkeyPatch, pause: float
) -> None:
    gathering, went_on, true = Gathering(engine), list[int](), engine.send

    def send(questions: Sequence[EngineQuestion]) -> None:
        true(questions)
        time.sleep(pause)  # all answers have come before anyone goes on, or none has

    async def work(number: int, turns: int, times: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        for _ in range(times):
            await gathering.ask(EngineQuestion(0, (EngineCall("info"),)))
            went_on.append(number)

    monkeypatch.setattr(engine, "send", send)
    first, later = range(TOGETHER), range(TOGETHER, TOGETHER + 12)
    async with asyncio.TaskGroup() as group:
        for number in first:
            group.create_task(work(number, 0, 2))
        for number in later:  # one in each turn: there is none in which nobody asks
            group.create_task(work(number, number - TOGETHER + 1, 1))
    assert went_on == [*first, *later, *first]


async def test_what_is_asked_alone_in_between_gets_its_own_answer(
    engine: EngineProcess, workload: Workload
) -> None:
    gathering = Gathering(engine)
    one, other = (powered(engine, workload, number) for number in range(2))
    other.set_clock(CLOCK.now())
    gathered = GatheredDevice(one, CLOCK, gathering)
    waiting = asyncio.create_task(gathered.receive(workload.commands[MODE][0]))
    await until_sent(gathering)
    assert not other.receive(workload.commands[MODE][1]).refusal
    image = other.image()
    assert not (await waiting).refusal
    assert other.image() == image != await gathered.image()


async def test_an_answer_that_nobody_waits_for_any_more_disturbs_no_other(
    engine: EngineProcess, workload: Workload
) -> None:
    gathering = Gathering(engine)
    devices = [GatheredDevice(powered(engine, workload, n), CLOCK, gathering) for n in range(2)]
    one, other = (
        asyncio.create_task(device.receive(command))
        for device, command in zip(devices, workload.commands[MODE], strict=False)
    )
    await until_sent(gathering)
    one.cancel()
    assert not (await other).refusal
    assert one.cancelled()


Device = EngineDevice | EngineDeviceProxy


def receive(device: Device) -> EngineQuestion:
    assert isinstance(device, EngineDeviceProxy)
    return device.handing_over(b"the one")


def tick(device: Device) -> EngineQuestion:
    assert isinstance(device, EngineDeviceProxy)
    return device._question("tick")


@pytest.mark.parametrize(
    ("crashing", "asked", "octets"),
    [
        ("engine_receive", [tick, tick, receive, tick], b"the one"),
        ("engine_tick", [receive, receive, tick, receive], b""),
    ],
)
async def test_a_crash_names_the_question_that_the_engine_did_not_survive(
    crashing: str,
    asked: Sequence[Callable[[Device], EngineQuestion]],
    octets: bytes,
    tmp_path: Path,
    workload: Workload,
) -> None:
    """Also to those whose questions it had answered, or had not begun: all go with it."""
    path = stubbed(require_engine(), tmp_path, {crashing: Stub.CRASH})
    with EngineProcess(path) as engine:
        gathering = Gathering(engine)
        devices = [powered(engine, workload, number)._device for number in range(len(asked))]
        questions = [ask(device) for ask, device in zip(asked, devices, strict=True)]
        told = await asyncio.gather(*map(gathering.ask, questions), return_exceptions=True)
        for error in told:
            assert isinstance(error, EngineCrashError)
            assert f"by SIGSEGV at {crashing.removeprefix('engine_')}" in str(error)
            assert error.octets == octets
        with pytest.raises(EngineCrashError, match="SIGSEGV"):
            engine.info()


async def test_an_engine_that_is_silent_is_ended_however_many_wait_for_it(
    engine: EngineProcess,
) -> None:
    gathering = Gathering(engine)
    assert engine._process.pid is not None
    os.kill(engine._process.pid, signal.SIGSTOP)
    engine.wait_at_most(0.1)
    asked = (gathering.ask(receive(engine.open("tiny"))) for _ in range(TOGETHER + 1))
    for error in await asyncio.gather(*asked, return_exceptions=True):
        assert isinstance(error, EngineCrashError)
        assert "0.1 s without an answer" in str(error)
