"""The image that comes with an answer is the device's own, and no older than the last question."""

from collections.abc import Iterator

import pytest

from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.dut.native.device import NativeDevice
from firmware_sim.bench.experiments.benchmarks.workload import AT, Workload
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.hw.engine.hosting import _KEPT_IMAGES, EngineProcess
from firmware_sim.hw.engine.serving import EngineCall, EngineQuestion
from firmware_sim.machine.flash.geometry import NRF52840
from firmware_sim.machine.flash.nor import NorFlash
from tests.requirements import require_engine

MODE = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY


@pytest.fixture
def engine() -> Iterator[EngineProcess]:
    with EngineProcess(require_engine()) as opened:
        yield opened


def powered(engine: EngineProcess, workload: Workload, number: int) -> NativeDevice:
    flash = NorFlash(NRF52840)
    flash.restore(workload.snapshots[number])
    device = NativeDevice(engine.open("nrf52840"), NRF52840)
    device.load(flash.image())
    device.set_clock(StillClock(AT).now())
    return device


def asked_anew(engine: EngineProcess, number: int) -> bytes:
    image: bytes = engine.ask(EngineQuestion(number, (EngineCall("image"),)))
    return image


def test_the_image_after_a_message_is_asked_for_with_it(
    engine: EngineProcess, workload: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, asked = powered(engine, workload, 0), list[str]()
    true = engine.ask

    def ask(question: EngineQuestion) -> object:
        asked.append(str(question))
        return true(question)

    monkeypatch.setattr(engine, "ask", ask)
    before, erases = device.image(), device.wear()
    assert not device.receive(workload.commands[MODE][0]).refusal
    after, later_erases = device.image(), device.wear()
    assert asked == ["receive"]
    assert before != after == asked_anew(engine, 1)
    wear = engine.ask(EngineQuestion(1, (EngineCall("wear"),)))
    assert erases == later_erases == wear == (0,) * len(NRF52840.block_sizes)


def test_an_image_is_not_taken_for_another_devices(
    engine: EngineProcess, workload: Workload
) -> None:
    one, other = (powered(engine, workload, number) for number in range(2))
    one.receive(workload.commands[MODE][0])
    assert other.image() == asked_anew(engine, 2)
    assert one.image() == asked_anew(engine, 1)


def test_an_image_from_before_the_last_input_is_not_used(
    engine: EngineProcess, workload: Workload
) -> None:
    device = powered(engine, workload, 0)
    device.receive(workload.commands[MODE][0])
    blank = b"\xff" * NRF52840.size
    engine.ask(EngineQuestion(1, (EngineCall("load", (blank,)),)))
    assert device.image() == blank


def test_an_image_from_before_what_goes_with_the_next_call_is_not_used(
    engine: EngineProcess, workload: Workload
) -> None:
    device = powered(engine, workload, 0)
    device.receive(workload.commands[MODE][0])
    device._device.load(bytes(NRF52840.size))
    assert device.image() == bytes(NRF52840.size)


def test_many_images_are_not_kept(engine: EngineProcess, workload: Workload) -> None:
    devices = [powered(engine, workload, 0) for _ in range(_KEPT_IMAGES + 2)]
    images = {device.image() for device in devices}
    assert len(images) == 1
    assert len(engine._images) == _KEPT_IMAGES
    assert engine.image_after(1) is engine.image_after(2) is None
    assert devices[0].image() in images
