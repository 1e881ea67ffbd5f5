"""Images that no device wrote: simulator and firmware start from the same ones, and then agree."""

from random import Random

import pytest

from firmware_sim.devices.device import Device
from firmware_sim.machine.flash.geometry import NRF52840, STM32H7
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.layout import MAX_LIVE_RECORDS
from firmware_sim.machine.image.records import LogTally
from firmware_sim.machine.store import Store, StoreError
from tests.support.commands import by_contingency, by_recovery, query, supplier_by_supplier
from tests.support.host_device import HostDevice
from tests.support.meter import Clock, meter
from tests.support.mutated_images import image_of_every_kind, mutated, records_of
from tests.support.pki import SUITE
from tests.support.shadow import shadowed

_IMAGES = 400


@pytest.fixture(scope="module")
def image() -> bytes:
    return image_of_every_kind()


@pytest.fixture(scope="module")
def firmware() -> HostDevice:
    return HostDevice(NRF52840)


def starts_in_both(firmware: HostDevice, image: bytes) -> bool:
    """The verdict of both, and the same flash afterwards."""
    flash = NorFlash.load(image, firmware.geometry)
    try:
        Device(flash, clock=Clock(), suite=SUITE)
        simulated = True
    except StoreError:
        simulated = False
    firmware.load(image)
    assert firmware.power_on() == simulated
    assert firmware.image() == flash.image()
    return simulated


def test_the_image_itself_starts(firmware: HostDevice, image: bytes) -> None:
    assert starts_in_both(firmware, image)


@pytest.mark.parametrize("seed", range(3))
def test_both_start_from_the_same_mutated_images(
    firmware: HostDevice, image: bytes, seed: int
) -> None:
    random = Random(seed)
    started = 0
    for _ in range(_IMAGES):
        changed, what = mutated(image, random)
        try:
            started += starts_in_both(firmware, changed)
        except Exception as error:
            error.add_note(what)
            raise
    assert _IMAGES / 10 < started < _IMAGES * 9 / 10


def test_what_starts_goes_on_the_same_in_both(image: bytes) -> None:
    random = Random("go on")
    esme = meter()
    messages = [
        query(esme).build(),
        supplier_by_supplier(esme).build(),
        by_recovery(esme).build(),
        by_contingency(esme).build(),
    ]
    with shadowed() as shadow:
        for _ in range(_IMAGES // 2):
            changed, what = mutated(image, random)
            clock = Clock()
            try:
                device = Device(NorFlash.load(changed, NRF52840), clock=clock, suite=SUITE)
                for octets in messages:
                    device.receive(octets)
                clock.time = clock.time.replace(year=2031)
                device.tick()
            except StoreError:
                continue
            except Exception as error:
                error.add_note(what)
                raise
    assert shadow.counts["tick"] > _IMAGES / 20


def test_neither_starts_from_more_records_than_a_device_holds() -> None:
    """One transaction puts them: a scan must not look for room when it is too late."""
    flash = meter(geometry=STM32H7).device.flash
    live = len(list(records_of(flash.image(), STM32H7)))
    firmware = HostDevice(STM32H7)
    for most, starts in ((MAX_LIVE_RECORDS, True), (MAX_LIVE_RECORDS + 1, False)):
        image = NorFlash.load(flash.image(), STM32H7)
        transaction = Store.open(image).transaction()
        for number in range(most - live):
            tally = LogTally(100 + number // 2, bool(number % 2), 1, 0, 0, bytes(8))
            transaction.put(*encode(tally))
        transaction.commit()
        assert starts_in_both(firmware, image.image()) is starts
