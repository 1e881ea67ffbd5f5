"""An image that an older firmware wrote: the firmware moves it as the device in Python does."""

from collections.abc import Iterator

import pytest

from firmware_sim.devices.device import Device
from firmware_sim.hw.build.engine import Cryptography
from firmware_sim.machine.flash.geometry import TINY
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.layout import FORMAT_VERSION
from firmware_sim.machine.image.records import OWN_COUNTERS_KEY
from firmware_sim.machine.store import Store
from tests.machine.store.sweeping import everything
from tests.machine.store.test_format_version import of_version_1, version_of, with_version
from tests.support.host_device import HostDevice, PowerLostError
from tests.support.meter import Clock
from tests.support.pki import SUITE

_CUT_BEFORE, _CUT_TORN = 0, 2
_MOST_OPERATIONS = 4000


@pytest.fixture(scope="module")
def firmware() -> HostDevice:
    return HostDevice(TINY, Cryptography.LIBCRYPTO)


def test_an_image_of_version_1_becomes_the_same_octets_in_both(firmware: HostDevice) -> None:
    flash = of_version_1()
    firmware.load(flash.image())
    assert firmware.power_on()
    Device(flash, clock=Clock(), suite=SUITE)
    assert firmware.image() == flash.image()
    assert version_of(flash) == FORMAT_VERSION
    assert not firmware.misuses


def cuts(firmware: HostDevice, image: bytes, flavour: int) -> Iterator[bytes]:
    """The flash after the power was cut at each operation of the move, and came back."""
    for operation in range(_MOST_OPERATIONS):
        firmware.load(image)
        firmware.cut(operation, flavour, 0x0000FFFF)
        try:
            firmware.power_on()
        except PowerLostError:
            assert firmware.power_on()
            yield firmware.image()
        else:
            return
    raise AssertionError("the move does not end")


@pytest.mark.parametrize("flavour", [_CUT_BEFORE, _CUT_TORN])
def test_a_cut_at_every_word_of_the_move_loses_no_record(
    firmware: HostDevice, flavour: int
) -> None:
    flash = of_version_1()
    image = flash.image()
    before = everything(Store.open(flash))
    count = 0
    for left in cuts(firmware, image, flavour):
        moved = NorFlash.load(left, TINY)
        assert version_of(moved) == FORMAT_VERSION
        held = everything(Store.open(moved))
        assert {**held, OWN_COUNTERS_KEY: before[OWN_COUNTERS_KEY]} == before
        count += 1
    assert count > 700


def test_an_image_of_a_version_to_come_is_not_started_from(firmware: HostDevice) -> None:
    firmware.load(with_version(of_version_1().image(), FORMAT_VERSION + 1))
    assert not firmware.power_on()
