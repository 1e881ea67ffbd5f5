"""An old flash: a store on it holds the state before or after, or refuses to start."""

import pytest

from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.ageing import AgeingFlash, Ailments, StuckBit
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.records import OWN_COUNTERS_KEY, OwnCounters, Superblock
from firmware_sim.machine.store import Store, StoreError
from firmware_sim.machine.store.model import State
from tests.machine.store.starting_stores import ENTITY, NEW_CELLS, PROVISIONED, SMALL
from tests.machine.store.sweeping import commit, everything

FROM_ZERO = Geometry((512,) * 4, write_unit=4, erased_value=0)


def provisioned(ailments: Ailments, geometry: Geometry = SMALL) -> AgeingFlash:
    """Healthy in the factory: the image is written before the ailments set in."""
    healthy = NorFlash(geometry)
    Store.format(healthy, Superblock(geometry, DeviceType.ESME, ENTITY), PROVISIONED.items())
    flash = AgeingFlash(geometry, ailments)
    flash.restore(healthy.snapshot())
    return flash


def after(changes: State) -> State:
    return {**PROVISIONED, **changes}


@pytest.mark.parametrize("value", [False, True])
def test_a_stuck_bit_keeps_its_value_over_program_and_erase(value: bool) -> None:
    flash = AgeingFlash(SMALL, Ailments(stuck=(StuckBit(5, 3, value),)))
    flash.program(4, bytes(4))
    assert flash.read(5, 1)[0] >> 3 & 1 == value
    flash.erase(0)
    assert flash.read(5, 1)[0] >> 3 & 1 == value


@pytest.mark.parametrize("address", range(0, SMALL.size, 37))
@pytest.mark.parametrize("value", [False, True])
def test_commit_with_a_stuck_bit_anywhere_leaves_the_state_before_or_after(
    address: int, value: bool
) -> None:
    flash = provisioned(Ailments(stuck=(StuckBit(address, address % 8, value),)))
    new = {key: body for key, body in NEW_CELLS.items() if body is not None}
    committed = False
    try:
        store = Store.open(flash)
        commit(store, NEW_CELLS)
        committed = True
    except StoreError:
        pass  # it says that the flash did not take it, and must not have half of it
    try:
        found = everything(Store.open(flash))
    except StoreError:
        return  # it refuses to start from what it cannot trust
    assert found in ((after(new),) if committed else (PROVISIONED, after(new)))


@pytest.mark.parametrize("geometry", [SMALL, FROM_ZERO], ids=["erased-ff", "erased-00"])
def test_a_worn_out_part_loses_no_committed_state(geometry: Geometry) -> None:
    flash = provisioned(Ailments(endurance=4, seed=b"worn"), geometry)
    held: State = PROVISIONED
    last = b""
    refused = 0
    for turn in range(2, 400):
        changes = dict([encode(OwnCounters(turn, turn))])
        last = changes[OWN_COUNTERS_KEY]
        try:
            commit(Store.open(flash), dict(changes))
            held = {**held, **changes}
        except StoreError:
            refused += 1
            break
    assert refused, "it should wear out"
    assert max(flash.wear) > 4
    try:
        found = everything(Store.open(flash))
    except StoreError:
        return
    assert {**found, OWN_COUNTERS_KEY: b""} == {**held, OWN_COUNTERS_KEY: b""}
    assert found[OWN_COUNTERS_KEY] in (held[OWN_COUNTERS_KEY], last)


def test_bits_disturbed_by_reads_are_repaired_or_refused() -> None:
    flash = provisioned(Ailments(disturb_after=40, seed=b"reads"))
    image, outcomes = flash.image(), set()
    for _ in range(600):
        try:
            assert everything(Store.open(flash)) == PROVISIONED
            outcomes.add("runs")
        except StoreError:
            outcomes.add("refuses")
            break
    assert flash.image() != image, "it should be disturbed"
    assert "runs" in outcomes


def test_erase_repairs_bits_disturbed_by_reads() -> None:
    flash = AgeingFlash(SMALL, Ailments(disturb_after=3, seed=b"x"))
    blank = bytes((SMALL.erased_value,)) * 512
    for _ in range(200):
        flash.read(0, 16)
    assert flash.image()[:512] != blank
    flash.erase(0)
    assert flash.image()[:512] == blank


def test_decayed_bit_is_reported_to_the_host_only() -> None:
    told: list[tuple[int, bytes]] = []
    flash = AgeingFlash(SMALL, Ailments(), observer=lambda *change: told.append(change))
    flash.decay(9, 2)
    assert flash.image()[9] == 0xFB
    assert told == [(9, b"\xfb")]
    assert flash.operations == 0
