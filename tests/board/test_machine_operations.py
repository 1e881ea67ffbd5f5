"""Every durable operation of every device type, by simulator and firmware alike."""

from collections.abc import Iterator

import pytest

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.device_under_test import typed
from firmware_sim.bench.experiments.sweep.operation import Operation, Trigger, TriggerKind
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import PROFILES
from tests.support.shadow import Shadow, shadowed


@pytest.fixture(scope="module")
def shadow() -> Iterator[Shadow]:
    with shadowed() as shadow:
        yield shadow


@pytest.mark.parametrize("operation", operations().values(), ids=operations())
def test_simulator_and_firmware_do_the_same(shadow: Shadow, operation: Operation) -> None:
    before = shadow.counts.copy()
    parties = AllParties()
    device = parties.device(
        parties.flash(operation.device_type, operation.policy), operation.policy
    )
    trigger = operation.arrange(parties, device)
    _do(device, trigger)
    device.power_on()
    device.tick()
    assert shadow.counts["left alone"] == 0
    assert (shadow.counts - before)["power_on"] >= 2
    assert (shadow.counts - before)["tick"] >= 1


def test_every_device_type_has_an_operation() -> None:
    assert {operation.device_type for operation in operations().values()} == PROFILES.keys()


def _do(device: Device, trigger: Trigger) -> None:
    match trigger.kind:
        case TriggerKind.RECEIVE:
            device.receive(trigger.octets)
        case TriggerKind.ENTER:
            device.enter(typed(trigger.octets))
        case TriggerKind.TICK:
            device.tick()
        case TriggerKind.BOOT:
            device.power_on()
        case TriggerKind.PROVISION:
            pass  # making the device has done it
