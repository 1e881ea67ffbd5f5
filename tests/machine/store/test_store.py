"""What a store promises while the power is on."""

import pytest

from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole
from firmware_sim.machine.flash.geometry import NAMED, TINY, Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.records import (
    OWN_COUNTERS_KEY,
    Counters,
    DeviceKey,
    KeyState,
    OwnCounters,
    PendingChunk,
    RecordKey,
    RecordKind,
    Superblock,
    cell_key,
)
from firmware_sim.machine.store import InsufficientSpace, Store, StoreError
from firmware_sim.machine.store.model import StoreModel
from tests.machine.store.starting_stores import (
    ACB_KA,
    ENTITY,
    NEW_CELLS,
    PROVISIONED,
    SMALL,
    SUPPLIER_DS,
    cell,
    device_key,
    meter,
    provisioned,
)
from tests.machine.store.sweeping import Changes, commit, everything, one_area_is_blank

BIG = dict(encode(PendingChunk(0, number, bytes(500))) for number in range(2))


@pytest.mark.parametrize("name", NAMED)
def test_a_provisioned_store_opens_with_what_it_was_given(name: str) -> None:
    flash = NorFlash(NAMED[name])
    Store.format(flash, Superblock(NAMED[name], DeviceType.ESME, ENTITY), meter())
    store = Store.open(flash)
    assert everything(store) == dict(meter())
    assert store.generation == 1
    assert (store.superblock.entity, store.superblock.device_type) == (ENTITY, DeviceType.ESME)
    assert one_area_is_blank(flash)


def test_committed_change_is_kept_over_power_off() -> None:
    flash = provisioned()
    commit(Store.open(flash), NEW_CELLS)
    store = Store.open(flash)
    assert store.get(cell_key(SUPPLIER_DS)) == encode(cell(SUPPLIER_DS, 0x41))[1]
    assert [key.number for key, _ in store.items(RecordKind.CELL)] == [0x200, 0x440]


def test_change_without_commit_is_not_stored() -> None:
    flash = provisioned()
    store = Store.open(flash)
    operations = flash.operations
    store.transaction().put(*encode(cell(SUPPLIER_DS, 0x41)))
    failed = store.transaction()
    failed.put(*encode(cell(SUPPLIER_DS, 0x41)))
    failed.__exit__(RuntimeError, RuntimeError(), None)
    assert everything(store) == PROVISIONED
    assert flash.operations == operations


def test_a_deleted_record_is_gone_and_deleting_nothing_is_allowed() -> None:
    flash = provisioned()
    store = Store.open(flash)
    commit(store, {cell_key(ACB_KA): None, RecordKey(RecordKind.LOG_EVENT, 3): None})
    assert store.get(cell_key(ACB_KA)) is None
    assert Store.open(flash).get(cell_key(ACB_KA)) is None


def test_a_change_to_the_same_value_costs_nothing() -> None:
    flash = provisioned()
    operations = flash.operations
    commit(Store.open(flash), dict(PROVISIONED))
    assert flash.operations == operations


def test_a_commit_by_append_is_two_programs() -> None:
    flash = provisioned()
    store = Store.open(flash)
    programs, erases = flash.programs, flash.erases
    commit(store, NEW_CELLS)
    assert (flash.programs - programs, flash.erases - erases) == (2, 0)


def own(number: int) -> Changes:
    """A transaction of 48 octets: an entry of 32 and its mark of 16."""
    return dict([encode(OwnCounters(number, 1))])


def test_a_commit_that_fills_the_area_to_its_last_octet_is_appended() -> None:
    flash = provisioned()
    store = Store.open(flash)
    used = 128 + sum(8 + len(body) for body in PROVISIONED.values()) + 16
    count, rest = divmod(SMALL.areas[0].size - used, 48)
    assert rest == 0, "the scene leaves room for whole transactions"
    erases = flash.erases
    for number in range(count):
        commit(store, own(100 + number))
    assert (flash.erases, store.generation) == (erases, 1)
    assert flash.image()[SMALL.areas[0].size - 16] == 0xC3
    assert everything(Store.open(flash)) == PROVISIONED | own(99 + count)
    commit(store, own(1))
    assert store.generation == 2
    assert everything(Store.open(flash)) == PROVISIONED | own(1)


def test_a_commit_whose_mark_alone_does_not_fit_compacts() -> None:
    """Sixteen octets are left: half of the entry of the next transaction."""
    flash = provisioned()
    store = Store.open(flash)
    commit(store, own(100) | dict([encode(Counters(RemotePartyRole.SUPPLIER, 8))]))
    for number in range(6):
        commit(store, own(101 + number))
    assert store.generation == 1
    commit(store, own(1))
    assert store.generation == 2


def test_commit_that_does_not_fit_is_refused_before_any_program() -> None:
    flash = provisioned()
    store = Store.open(flash)
    image, operations = flash.image(), flash.operations
    transaction = store.transaction()
    for key, body in BIG.items():
        transaction.put(key, body)
    assert not store.fits(transaction)
    with pytest.raises(InsufficientSpace):
        transaction.commit()
    assert (flash.image(), flash.operations) == (image, operations)
    assert everything(store) == PROVISIONED


def test_fits_counts_what_compaction_would_free() -> None:
    flash = provisioned()
    store = Store.open(flash)
    transaction = store.transaction()
    transaction.delete(cell_key(ACB_KA))
    transaction.delete(cell_key(SUPPLIER_DS))
    transaction.put(*next(iter(BIG.items())))
    assert store.fits(transaction)
    transaction.commit()
    assert store.generation == 2
    assert everything(Store.open(flash)) == everything(store)


def test_records_that_do_not_fit_at_all_leave_a_flash_as_it_was() -> None:
    flash = provisioned()
    image = flash.image()
    with pytest.raises(InsufficientSpace):
        Store.format(flash, Superblock(SMALL, DeviceType.ESME, ENTITY), BIG.items())
    assert flash.image() == image


def test_provisioning_again_removes_every_trace() -> None:
    flash = provisioned()
    Store.format(flash, Superblock(SMALL, DeviceType.GSME, ENTITY), [])
    assert Store.open(flash).superblock.device_type is DeviceType.GSME
    assert bytes([0x11]) * 16 not in flash.image()


def test_the_same_state_compacts_to_the_same_octets() -> None:
    """So that two devices with one history of states can be compared by their images."""
    images = []
    for order in (NEW_CELLS, dict(reversed(NEW_CELLS.items()))):
        flash = provisioned()
        store = Store.open(flash)
        for key, body in order.items():
            commit(store, {key: body})
        commit(store, dict([encode(device_key(0x61))]))
        images.append(flash.image())
    assert images[0] == images[1]


def test_a_first_key_is_appended_and_a_superseded_one_is_erased() -> None:
    flash = provisioned()
    store = Store.open(flash)
    pending = DeviceKey(KeyUsage.KEY_AGREEMENT, bytes(32), bytes(65), KeyState.PENDING)
    commit(store, dict([encode(pending)]))
    assert store.generation == 1
    commit(store, dict([encode(device_key(0x61))]))
    assert store.generation == 2
    assert bytes([0x11]) * 8 not in flash.image()


def test_wear_is_spread_over_both_areas() -> None:
    flash = provisioned()
    store = Store.open(flash)
    commit(store, dict([encode(device_key(0x61))]))
    worn = list(flash.wear)
    while store.generation < 42:
        commit(store, dict([encode(OwnCounters(flash.operations, 0))]))
    wear = [now - before for now, before in zip(flash.wear, worn, strict=True)]
    assert wear == [20] * len(SMALL.block_sizes)


def test_a_clean_power_on_does_not_wear_the_flash() -> None:
    flash = provisioned()
    for _ in range(10):
        Store.open(flash)
    erases, snapshot_and_two_superblocks = len(SMALL.block_sizes), 3
    assert flash.operations == erases + snapshot_and_two_superblocks


def test_an_image_of_another_geometry_is_refused() -> None:
    image = provisioned().image()
    other = Geometry((1024, 1024), SMALL.write_unit)
    with pytest.raises(StoreError, match="another geometry"):
        Store.open(NorFlash.load(image, other))


def test_a_flash_never_provisioned_is_refused() -> None:
    with pytest.raises(StoreError, match="never provisioned"):
        Store.open(NorFlash(TINY))


@pytest.mark.parametrize(
    ("key", "octets"),
    [
        (RecordKey(RecordKind.COUNTERS, 2), 23),
        (RecordKey(RecordKind.COUNTERS, 1 << 16), 24),
        (RecordKey(RecordKind.COUNTERS, -1), 24),
        (RecordKey(77, 0), 24),  # type: ignore[arg-type]
    ],
)
def test_a_body_of_the_wrong_size_or_kind_is_refused(key: RecordKey, octets: int) -> None:
    with pytest.raises(ValueError, match="no record of kind"):
        Store.open(provisioned()).transaction().put(key, bytes(octets))


class StuckFlash(NorFlash):
    """One bit of each program does not take, as in a worn-out part, until it is mended."""

    stuck = False

    def program(self, address: int, octets: bytes) -> None:
        if self.stuck:
            octets = octets[:-1] + bytes([octets[-1] ^ 0x10])
        super().program(address, octets)


def test_a_flash_that_does_not_take_a_commit_is_noticed_and_stepped_around() -> None:
    flash = StuckFlash(SMALL)
    Store.format(flash, Superblock(SMALL, DeviceType.ESME, ENTITY), PROVISIONED.items())
    store = Store.open(flash)
    flash.stuck = True
    with pytest.raises(StoreError, match="did not take"):
        commit(store, NEW_CELLS)
    assert everything(store) == PROVISIONED
    flash.stuck = False
    commit(store, NEW_CELLS)
    assert everything(Store.open(flash)) == everything(store) != PROVISIONED


def test_a_compaction_that_the_flash_does_not_take_leaves_the_old_area_in_force() -> None:
    flash = StuckFlash(SMALL)
    Store.format(flash, Superblock(SMALL, DeviceType.ESME, ENTITY), PROVISIONED.items())
    store = Store.open(flash)
    flash.stuck = True
    changes: Changes = dict([encode(device_key(0x61))])
    with pytest.raises(StoreError, match="did not take"):
        commit(store, changes)
    flash.stuck = False
    assert everything(Store.open(flash)) == PROVISIONED
    commit(store, changes)
    assert everything(Store.open(flash)) == PROVISIONED | changes


def test_the_model_refuses_what_the_store_refuses() -> None:
    model = StoreModel(SMALL.areas[0].size, PROVISIONED.items())
    before = model.state
    with pytest.raises(InsufficientSpace):
        model.commit(dict(BIG))
    assert model.state == before
    assert model.get(OWN_COUNTERS_KEY) == PROVISIONED[OWN_COUNTERS_KEY]
    assert dict(model.items(RecordKind.CELL)) == dict(
        Store.open(provisioned()).items(RecordKind.CELL)
    )
