"""An image of format version 1 becomes one of the present version at power-on, whatever is cut."""

from zlib import crc32

import pytest

from firmware_sim.devices.profiles import PROFILES
from firmware_sim.devices.provision import provision
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType
from firmware_sim.machine.flash.cut import PowerCut
from firmware_sim.machine.flash.geometry import NRF52840, STM32L1, TINY, Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.flash.trace import cuts
from firmware_sim.machine.image.areas import contents_of, valid_areas
from firmware_sim.machine.image.layout import FORMAT_VERSION, JOURNAL_START, SUPERBLOCK_OCTETS
from firmware_sim.machine.image.records import RecordKind
from firmware_sim.machine.image.superblock import unpack_superblock
from firmware_sim.machine.store import Store, StoreError
from firmware_sim.machine.store.model import State
from tests.machine.store.sweeping import MASKS, everything, one_area_is_blank, traced
from tests.support.meter import credentials, entity_of
from tests.support.pki import FIRST

_VERSION_AT = 4
_NEW_KINDS = (RecordKind.TOP_UP, RecordKind.METER, RecordKind.REGISTER, RecordKind.ACTIVATION)


def with_version(image: bytes, version: int) -> bytes:
    """Both superblocks of area 0, with another version and its checksum."""
    head = bytearray(image[:SUPERBLOCK_OCTETS])
    head[_VERSION_AT : _VERSION_AT + 2] = version.to_bytes(2, "little")
    head[-4:] = crc32(head[:-4]).to_bytes(4, "little")
    return bytes(head) * 2 + image[JOURNAL_START:]


def of_version_1(geometry: Geometry = TINY) -> NorFlash:
    """A new meter as the version before wrote it: without the kinds that it did not know."""
    profile = PROFILES[DeviceType.HCALCS]
    held = {cell: FIRST.leaf(cell).certificate for cell in profile.cells if cell != ROOT_CELL}
    factory = credentials(DeviceType.HCALCS, held, root=FIRST.root().certificate)
    flash = provision(profile, entity_of(DeviceType.HCALCS), factory, geometry=geometry)
    image = with_version(flash.image(), 1)
    assert not any(key.kind in _NEW_KINDS for key in everything(Store.open(flash)))
    return NorFlash.load(image, geometry)


def version_of(flash: NorFlash) -> int:
    areas = valid_areas(flash.geometry, contents_of(flash.image(), flash.geometry))
    return areas[0].superblock.format_version


@pytest.mark.parametrize("geometry", [TINY, NRF52840, STM32L1])
def test_power_on_moves_an_image_of_version_1_with_every_record(geometry: Geometry) -> None:
    flash = of_version_1(geometry)
    assert version_of(flash) == 1
    before = _records(flash)
    store = Store.open(flash)
    assert everything(store) == before
    assert version_of(flash) == FORMAT_VERSION == 2
    assert store.generation == 2
    assert one_area_is_blank(flash)
    image = flash.image()
    assert everything(Store.open(flash)) == before
    assert flash.image() == image


def test_a_cut_at_every_word_of_the_move_leaves_an_image_with_every_record() -> None:
    flash = of_version_1()
    before = _records(flash)
    start = flash.snapshot()
    trace = traced(flash, lambda: Store.open(flash))
    unit, versions, count = flash.geometry.write_unit, set(), 0
    for plan in cuts(trace, step=unit, erase_step=64, masks=MASKS):
        flash.restore(start, plan)
        with pytest.raises(PowerCut):
            Store.open(flash)
        flash.power_on()
        versions.add(version_of(flash))
        assert everything(Store.open(flash)) == before, plan
        assert version_of(flash) == FORMAT_VERSION, plan
        count += 1
    assert versions == {1, 2}
    assert count > len(trace[0].after) // unit


def test_a_version_that_comes_later_is_not_started_from() -> None:
    flash = of_version_1()
    later = NorFlash.load(with_version(flash.image(), FORMAT_VERSION + 1), flash.geometry)
    with pytest.raises(StoreError):
        Store.open(later)
    assert unpack_superblock(later.image()) is None


def _records(flash: NorFlash) -> State:
    """Read without a power-on, which would move the image."""
    copy = NorFlash.load(with_version(flash.image(), FORMAT_VERSION), flash.geometry)
    return everything(Store.open(copy))
