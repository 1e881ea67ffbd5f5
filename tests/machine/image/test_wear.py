"""What an image proves about wear is never more than the flash counted, also after each cut."""

import pytest

from firmware_sim.machine.flash.cut import CutPlan, Flavour, PowerCut
from firmware_sim.machine.flash.geometry import NAMED, Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.scan import ImageError
from firmware_sim.machine.image.wear import least_erases
from firmware_sim.machine.store import Store
from tests.machine.store.starting_stores import NEW_CELLS, SMALL, device_key, provisioned
from tests.machine.store.sweeping import Changes, commit

LONG = Geometry((256,) * 16, write_unit=4)
"""Areas of eight blocks, of which a few hold something: an erase can be cut among blank ones."""


def new_key(number: int) -> Changes:
    return dict([encode(device_key(0x61 + number))])


def assert_no_more_than_counted(flash: NorFlash) -> None:
    proven = least_erases(flash.image(), flash.geometry)
    assert all(least <= counted for least, counted in zip(proven, flash.wear, strict=True))


@pytest.mark.parametrize("geometry", [SMALL, LONG, *NAMED.values()])
def test_proven_wear_without_a_cut_is_close_to_the_counted(geometry: Geometry) -> None:
    flash = provisioned(geometry)
    assert list(least_erases(flash.image())) == flash.wear
    store = Store.open(flash)
    for number in range(7):
        commit(store, new_key(number))
        assert store.generation == number + 2
        assert_no_more_than_counted(flash)
        proven = least_erases(flash.image())
        missing = [counted - least for least, counted in zip(proven, flash.wear, strict=True)]
        assert max(missing) <= 2
        old = geometry.areas[store.generation % 2]
        assert missing[old.blocks.start] <= 1


def test_each_compaction_raises_the_proven_wear() -> None:
    flash = provisioned(SMALL)
    store = Store.open(flash)
    proven = [least_erases(flash.image())]
    for number in range(5):
        commit(store, new_key(number))
        proven.append(least_erases(flash.image()))
    # Blocks 0 and 1 are area 0; generations 1 to 6.
    assert proven == [
        (1, 1, 1, 1),
        (2, 1, 1, 1),
        (2, 2, 2, 1),
        (3, 2, 2, 2),
        (3, 3, 3, 2),
        (4, 3, 3, 3),
    ]


@pytest.mark.parametrize("geometry", [SMALL, LONG])
@pytest.mark.parametrize("earlier", range(3))
def test_proven_wear_is_at_most_the_counted_after_any_cut(geometry: Geometry, earlier: int) -> None:
    flash = provisioned(geometry)
    store = Store.open(flash)
    for number in range(earlier):
        commit(store, new_key(number))
    start = flash.snapshot()
    for operation in range(24):
        for flavour, amount in (
            (Flavour.BEFORE, 0),
            (Flavour.TORN_PREFIX, 16),
            (Flavour.TORN_PREFIX, 240),
            (Flavour.AFTER, 0),
        ):
            flash.restore(start, CutPlan(operation, flavour, amount))
            try:
                again = Store.open(flash)
                commit(again, NEW_CELLS)
                commit(again, new_key(earlier))
                commit(again, new_key(earlier + 1))
            except PowerCut:
                flash.power_on()
            assert_no_more_than_counted(flash)
            Store.open(flash)
            assert_no_more_than_counted(flash)


def test_a_generation_in_the_wrong_area_proves_nothing() -> None:
    image = provisioned(SMALL).image()
    swapped = image[1024:] + image[:1024]
    assert least_erases(swapped) == (0, 0, 0, 0)


def test_octets_without_an_image_prove_no_wear() -> None:
    with pytest.raises(ImageError):
        least_erases(bytes(4096))
