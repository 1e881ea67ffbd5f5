"""A device over its flash: power, image, and cells read past the running machine."""

import pytest

from firmware_sim.devices.device import Device
from firmware_sim.devices.image_contents import cells_of_image
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.store import StoreError
from tests.support.commands import by_recovery, query
from tests.support.meter import Clock, entity_of, meter
from tests.support.pki import SECOND_UNDER_FIRST, SUITE, cell


def test_device_has_the_identity_of_its_image() -> None:
    for device_type in (DeviceType.ESME, DeviceType.GSME, DeviceType.CHF, DeviceType.GPF):
        device = meter(device_type).device
        assert (device.device_type, device.entity_id) == (device_type, entity_of(device_type))


def test_cells_are_read_from_the_image_not_from_the_machine() -> None:
    esme = meter()
    state = esme.device.machine.state
    state.cells.clear()
    assert len(esme.device.cells()) == 9


def test_an_image_carries_everything_to_another_device_object() -> None:
    esme = meter()
    esme.device.receive(by_recovery(esme).build())
    held = cells_of_image(esme.device.image())[cell("supplier.DS")]
    assert held.public_key == SECOND_UNDER_FIRST.leaf("supplier.DS").point


def test_each_boot_is_counted_so_random_octets_never_repeat() -> None:
    esme = meter()
    drawn = set()
    for _ in range(3):
        drawn.add(esme.device.machine.context.entropy.generate(16))
        esme.device.power_on()
    assert len(drawn) == 3


def test_boot_changes_only_the_boot_counter() -> None:
    esme = meter()
    esme.device.receive(query(esme).build())
    before = esme.device.machine.state
    esme.device.power_on()
    after = esme.device.machine.state
    assert after is not before
    assert (after.cells, after.counters, after.log) == (before.cells, before.counters, before.log)
    assert after.own.boots == before.own.boots + 1


def test_a_blank_flash_does_not_boot() -> None:
    esme = meter()
    for block in range(len(esme.device.flash.geometry.block_sizes)):
        esme.device.flash.erase(block)
    with pytest.raises(StoreError):
        Device(esme.device.flash, clock=Clock(), suite=SUITE)


def test_an_image_of_nothing_has_no_cells() -> None:
    with pytest.raises(StoreError):
        cells_of_image(bytes(4096))
