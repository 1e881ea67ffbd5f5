"""A power cut on order."""

import pytest

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.simulated.power import cut_short, parse_cut
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.cut import CutPlan, Flavour


@pytest.fixture
def device() -> Device:
    parties = AllParties()
    return parties.device(parties.flash(DeviceType.ESME, Policy()), Policy())


def message_for(device: Device) -> bytes:
    return operations()["esme/update/supplierBySupplier"].arrange(AllParties(), device).octets


@pytest.mark.parametrize(("text", "happened"), [("0:prefix:30", False), ("1:after:0", True)])
def test_the_device_stops_there_and_starts_again(device: Device, text: str, happened: bool) -> None:
    before, octets, told = device.cells(), message_for(device), list[str]()
    with cut_short(device, parse_cut(text), told.append):
        told.append(f"it went on: {device.receive(octets)}")
    assert len(told) == 1
    assert f"Power was cut ({text})" in told[0]
    device.power_on()
    assert (device.cells() != before) == happened


def test_without_a_plan_nothing_is_cut(device: Device) -> None:
    told: list[str] = []
    with cut_short(device, parse_cut(None), told.append):
        assert device.receive(message_for(device)).messages
    assert told == []


def test_the_option_reads_like_the_cut_of_a_replay_token() -> None:
    assert parse_cut("7:bits:ff") == CutPlan(7, Flavour.TORN_BITS, 255)
    for text in ("", "7", "7:sideways:0", "x:after:0"):
        with pytest.raises(UsageError):
            parse_cut(text)
