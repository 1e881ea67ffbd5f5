"""Devices of the engine take turns over one copy of the firmware, each as if it were alone."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from firmware_sim.bench.dut.clock import StillClock, posix_seconds
from firmware_sim.bench.experiments.benchmarks.workload import AT, Workload
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.hw.engine.device import STORE_OK, EngineAnswer, EngineDevice
from firmware_sim.hw.engine.errors import PowerLostError
from firmware_sim.hw.engine.library import EngineLibrary
from firmware_sim.machine.flash.geometry import NRF52840
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.ports import ClockReliability
from firmware_sim.machine.refusals import RefusalReason

MODES = (
    ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
    ReplacementMode.ANY_BY_CONTINGENCY,
)


def powered(library: EngineLibrary, workload: Workload, number: int) -> EngineDevice:
    flash = NorFlash(NRF52840)
    flash.restore(workload.snapshots[number])
    device = EngineDevice(library, "nrf52840")
    device.load(flash.image())
    assert device.power_on() == STORE_OK
    reading = StillClock(AT).now()
    assert device.set_clock(posix_seconds(reading), reading.reliability)
    return device


def one_after_the_other(
    library: EngineLibrary, workload: Workload
) -> tuple[list[EngineAnswer], list[bytes]]:
    answers, images = [], []
    for number in range(workload.devices):
        device = powered(library, workload, number)
        answers += [device.receive(workload.commands[mode][number]) for mode in MODES]
        images.append(device.image())
        device.close()
    return answers, images


def test_interleaved_devices_answer_and_store_as_each_alone(
    library: EngineLibrary, workload: Workload
) -> None:
    answers, images = one_after_the_other(library, workload)
    devices = [powered(library, workload, number) for number in range(workload.devices)]
    mixed: dict[tuple[int, ReplacementMode], EngineAnswer] = {}
    for mode in MODES:
        for number, device in enumerate(devices):
            mixed[number, mode] = device.receive(workload.commands[mode][number])
    assert [mixed[number, mode] for number in range(len(devices)) for mode in MODES] == answers
    assert [device.image() for device in devices] == images


def test_the_clock_of_one_device_is_not_that_of_another(
    library: EngineLibrary, workload: Workload
) -> None:
    """When the certificates of a command have expired, its answer says so."""
    commands = workload.commands[MODES[0]]
    alone, other = (
        powered(library, workload, number).receive(commands[number]) for number in (0, 1)
    )
    first, second = (powered(library, workload, number) for number in (0, 1))
    long_after = posix_seconds(StillClock(AT + timedelta(days=200 * 365)).now())
    assert second.set_clock(long_after, ClockReliability.RELIABLE)
    assert second.receive(commands[1]) != other
    assert first.receive(commands[0]) == alone


def test_a_cut_that_is_armed_for_one_device_spares_the_others(
    library: EngineLibrary, workload: Workload
) -> None:
    first, second = (powered(library, workload, number) for number in (0, 1))
    first.cut(3)
    assert second.receive(workload.commands[MODES[0]][1]).reason == 0
    with pytest.raises(PowerLostError):
        first.receive(workload.commands[MODES[0]][0])


def test_wear_is_counted_for_each_device(library: EngineLibrary, workload: Workload) -> None:
    first, second = (powered(library, workload, number) for number in (0, 1))
    before = second.wear()
    first.wear_out(is_worn=True)
    assert first.receive(workload.commands[MODES[0]][0]).reason != 0
    assert second.receive(workload.commands[MODES[0]][1]).reason == 0
    assert second.wear() == before
    assert len(before) == len(NRF52840.block_sizes)


@pytest.mark.parametrize("facts", [False, True])
@pytest.mark.parametrize("tables", [False, True])
def test_what_is_shared_changes_no_answer_and_no_image(
    library: EngineLibrary, workload: Workload, *, facts: bool, tables: bool
) -> None:
    library.share(False, False)
    expected = one_after_the_other(library, workload)
    library.share(facts, tables)
    for _ in range(260):  # over 512 verifications by one key: it has a table then
        assert one_after_the_other(library, workload) == expected


def forged(octets: bytes) -> bytes:
    """With another last octet of its signature, which stands at the end."""
    return octets[:-1] + bytes((octets[-1] ^ 1,))


@pytest.mark.parametrize("shared", [(False, False), (True, False), (True, True)])
def test_a_forged_signature_is_refused_whatever_is_shared(
    library: EngineLibrary, workload: Workload, shared: Sequence[bool]
) -> None:
    library.share(*shared)
    for _ in range(520):
        device = powered(library, workload, 0)
        assert device.receive(workload.commands[MODES[0]][0]).reason == 0
    answer = powered(library, workload, 0).receive(forged(workload.commands[MODES[0]][0]))
    assert answer.reason == RefusalReason.BAD_SIGNATURE
