"""A map of an image has no gap and shows the live records, also after each power cut."""

import pytest

from firmware_sim.machine.flash.cut import CutPlan, Flavour, PowerCut
from firmware_sim.machine.flash.geometry import STM32F4
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.diff import diff_images
from firmware_sim.machine.image.regions import Region, RegionKind, regions_of
from firmware_sim.machine.image.scan import ImageError
from firmware_sim.machine.store import Store
from tests.machine.store.starting_stores import NEW_CELLS, PROVISIONED, provisioned, starting_store
from tests.machine.store.sweeping import commit


def checked(flash: NorFlash) -> list[Region]:
    found = regions_of(flash.image(), flash.geometry)
    place = 0
    for region in found:
        assert region.start == place
        assert region.octets > 0
        place += region.octets
    assert place == flash.geometry.size
    return list(found)


def live(found: list[Region]) -> list[str]:
    return sorted(region.name for region in found if region.kind is RegionKind.RECORD)


@pytest.mark.parametrize("full", [False, True])
def test_live_regions_are_what_the_store_holds_after_any_cut(full: bool) -> None:
    place = starting_store(NEW_CELLS, full=full)
    start = place.flash.snapshot()
    wanted = live(checked(place.flash))
    assert len(wanted) == len(PROVISIONED)
    for operation in range(12):
        for flavour, amount in ((Flavour.BEFORE, 0), (Flavour.TORN_PREFIX, 20), (Flavour.AFTER, 0)):
            place.flash.restore(start)
            store = Store.open(place.flash)
            plan = CutPlan(place.flash.operations + operation, flavour, amount)
            place.flash.plan = plan
            try:
                commit(store, NEW_CELLS)
            except PowerCut:
                place.flash.power_on()
            place.flash.plan = None
            assert live(checked(place.flash)) == wanted


def test_replaced_record_is_superseded_not_live() -> None:
    place = starting_store(NEW_CELLS)
    commit(Store.open(place.flash), NEW_CELLS)
    found = checked(place.flash)
    old = [region for region in found if region.kind is RegionKind.SUPERSEDED]
    assert sorted(region.name for region in old) == [
        "cell accessControlBroker.KA",
        "cell supplier.DS",
        "counters supplier",
    ]


def test_torn_tail_is_a_region_of_unknown_kind() -> None:
    place = starting_store(NEW_CELLS)
    place.flash.plan = CutPlan(place.flash.operations, Flavour.TORN_PREFIX, 40)
    with pytest.raises(PowerCut):
        commit(Store.open(place.flash), NEW_CELLS)
    place.flash.power_on()
    kinds = [region.kind for region in checked(place.flash)]
    assert RegionKind.UNKNOWN in kinds


def test_regions_cover_areas_that_are_no_neighbours_and_octets_after_them() -> None:
    found = checked(provisioned(STM32F4))
    assert found[-1].kind is RegionKind.ERASED


def test_octets_without_an_image_have_no_regions() -> None:
    with pytest.raises(ImageError):
        regions_of(bytes(4096))


def test_compaction_is_no_difference_between_images() -> None:
    place = starting_store(NEW_CELLS, full=True)
    before = place.flash.image()
    store = Store.open(place.flash)
    commit(store, NEW_CELLS)
    changed = {each.record for each in diff_images(before, place.flash.image())}
    assert changed == {"cell accessControlBroker.KA", "cell supplier.DS", "counters supplier"}
    assert diff_images(before, before) == ()
