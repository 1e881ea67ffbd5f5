"""After any cut of any operation of a commit: the state before or the state after, and working."""

import pytest

from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.cut import PowerCut
from firmware_sim.machine.flash.geometry import TINY, Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.records import OwnCounters, Superblock
from firmware_sim.machine.store import Store, StoreError
from tests.machine.store.starting_stores import (
    ENTITY,
    LATER,
    NEW_CELLS,
    NEW_KEY,
    PROVISIONED,
    SMALL,
    deletion,
    meter,
    new_cells,
    provisioned,
    starting_store,
)
from tests.machine.store.sweeping import (
    Changes,
    all_cuts,
    commit,
    double_sweep,
    everything,
    sweep,
    traced,
)

PARTS = [
    pytest.param(Geometry((512,) * 4, unit, programs, erased), id=f"{unit}x{programs}-{erased:02x}")
    for unit, programs, erased in (
        (1, 8, 0xFF),
        (4, 1, 0xFF),
        (4, 1, 0x00),
        (8, 1, 0xFF),
        (16, 1, 0xFF),
        (16, 1, 0x00),
    )
]
COMMITS = [
    pytest.param(NEW_CELLS, False, id="append"),
    pytest.param(NEW_CELLS, True, id="compaction"),
    pytest.param(deletion(), False, id="delete"),
    pytest.param(deletion(), True, id="delete-compaction"),
]


@pytest.mark.parametrize("geometry", PARTS)
@pytest.mark.parametrize(("changes", "full"), COMMITS)
def test_a_cut_commit_is_before_or_after(geometry: Geometry, changes: Changes, full: bool) -> None:
    place = starting_store(changes, geometry, full=full)
    native = geometry == SMALL
    verdict = sweep(
        place.flash,
        changes,
        place.outcomes,
        LATER,
        step=4 if native else 16,
        bits=native and changes is NEW_CELLS,
    )
    assert verdict.faults == []
    assert verdict.cuts > 20
    assert verdict.before > 0
    assert verdict.after > 0


@pytest.mark.parametrize("geometry", PARTS)
def test_a_retired_private_key_is_gone_in_every_outcome(geometry: Geometry) -> None:
    place = starting_store(NEW_KEY, geometry)
    secrets = (bytes([0x11]) * 32, bytes([0x61]) * 32)
    verdict = sweep(
        place.flash, NEW_KEY, place.outcomes, LATER, step=16, bits=False, secrets=secrets
    )
    assert verdict.faults == []
    assert verdict.after > 0


@pytest.mark.parametrize("changes", [pytest.param(NEW_CELLS, id="append")])
def test_append_torn_at_every_octet_leaves_the_state_before_or_after(changes: Changes) -> None:
    place = starting_store(changes, Geometry((512,) * 4, 1, 8))
    verdict = sweep(place.flash, changes, place.outcomes, LATER, step=1)
    assert verdict.faults == []


def test_an_esme_replaces_its_root_and_all_its_cells_on_the_tiny_part() -> None:
    """Every unit and flavour of the commit of nine cells, which has to compact."""
    flash = NorFlash(TINY)
    Store.format(flash, Superblock(TINY, DeviceType.ESME, ENTITY), meter())
    first, second, later = (
        dict(encode(record) for record in new_cells(fill)) for fill in (0x41, 0x51, 0x61)
    )
    commit(Store.open(flash), dict(first))
    before = everything(Store.open(flash))
    verdict = sweep(flash, dict(second), (before, {**before, **second}), later, bits=False)
    assert verdict.faults == []
    assert verdict.operations == 7 + 3 + 7, "erase the spare, write it, erase the old"
    assert verdict.cuts > 1500


@pytest.mark.parametrize("full", [False, True], ids=["append", "compaction"])
def test_second_cut_inside_each_recovery_leaves_the_same_state(full: bool) -> None:
    """Every cut of the recovery that follows a sample of the cuts of a commit."""
    place = starting_store(NEW_CELLS, SMALL, full=full)
    start = place.flash.snapshot()
    store = Store.open(place.flash)
    place.flash.restore(start)
    trace = traced(place.flash, lambda: commit(store, place.changes))
    second_cuts = 0
    for plan in all_cuts(trace, 64, bits=False):
        place.flash.restore(start)
        store = Store.open(place.flash)
        place.flash.restore(start, plan)
        with pytest.raises(PowerCut):
            commit(store, place.changes)
        place.flash.power_on()
        verdict = double_sweep(place.flash, place.flash.snapshot(), place.outcomes, LATER, step=64)
        assert verdict.faults == [], f"after {plan}"
        second_cuts += verdict.cuts
    assert second_cuts > 100


def test_cut_provisioning_never_opens_half_filled() -> None:
    def provision() -> None:
        superblock = Superblock(SMALL, DeviceType.ESME, ENTITY)
        Store.format(flash, superblock, PROVISIONED.items())

    flash = NorFlash(SMALL)
    blank = flash.snapshot()
    outcomes: set[bool | str] = set()
    for plan in all_cuts(traced(flash, provision), 4, bits=True):
        flash.restore(blank, plan)
        with pytest.raises(PowerCut):
            provision()
        flash.power_on()
        try:
            outcomes.add(everything(Store.open(flash)) == PROVISIONED)
        except StoreError as error:
            outcomes.add(error.reason.split(":")[0])
        provision()
        assert everything(Store.open(flash)) == PROVISIONED
    assert outcomes == {True, "no area has a sound superblock"}


def test_clean_boot_programs_nothing() -> None:
    flash = provisioned()
    commit(Store.open(flash), dict([encode(OwnCounters(2, 2))]))
    operations = flash.operations
    Store.open(flash)
    assert flash.operations == operations
