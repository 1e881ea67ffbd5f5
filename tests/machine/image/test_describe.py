"""The human view and the copy for export: everything is there but the secrets."""

import pytest

from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole
from firmware_sim.machine.flash.cut import CutPlan, Flavour, PowerCut
from firmware_sim.machine.flash.geometry import NAMED
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.blank import blank_secrets
from firmware_sim.machine.image.codec import decode, encode
from firmware_sim.machine.image.describe import AreaStatus, describe_image
from firmware_sim.machine.image.layout import JOURNAL_START
from firmware_sim.machine.image.records import (
    IDENTITY_KEY,
    Counters,
    DeviceIdentity,
    DeviceKey,
    KeyState,
    OwnCounters,
    PendingChunk,
)
from firmware_sim.machine.image.scan import ImageError
from firmware_sim.machine.state import Prepared
from firmware_sim.machine.store import Store, open_image
from tests.machine.store.starting_stores import (
    ENTITY,
    NEW_CELLS,
    NEW_KEY,
    PROVISIONED,
    SUPPLIER_DS,
    cell,
    provisioned,
    starting_store,
)
from tests.machine.store.sweeping import all_cuts, commit, everything, traced

SEED, OLD_KEY, FRESH_KEY = bytes(range(32)), bytes([0x11]) * 32, bytes([0x61]) * 32


def pieces(secret: bytes) -> list[bytes]:
    return [secret[at : at + 8] for at in range(0, 32, 8)]


@pytest.mark.parametrize("name", NAMED)
def test_a_saved_image_says_for_which_flash_it_is(name: str) -> None:
    flash = provisioned(NAMED[name])
    geometry, store = open_image(flash.image())
    assert geometry == NAMED[name]
    assert everything(store) == PROVISIONED
    assert describe_image(flash.image()).superblock.geometry == NAMED[name]


def test_image_with_only_the_second_area_says_for_which_flash_it_is() -> None:
    flash = provisioned()
    commit(Store.open(flash), NEW_KEY)
    description = describe_image(flash.image())
    assert [area.status for area in description.areas] == [AreaStatus.BLANK, AreaStatus.ACTIVE]
    assert description.superblock.generation == 2


def test_description_shows_identity_cells_and_counters() -> None:
    flash = provisioned()
    commit(Store.open(flash), NEW_CELLS)
    description = describe_image(flash.image())
    assert description.problem == ""
    assert description.superblock.entity == ENTITY
    assert description.superblock.device_type is DeviceType.ESME
    assert [str(found.cell) for found in description.cells] == [
        "supplier.DS",
        "accessControlBroker.KA",
    ]
    assert description.cells[0] == cell(SUPPLIER_DS, 0x41)
    assert description.counters == (Counters(RemotePartyRole.SUPPLIER),)
    assert description.own_counters == OwnCounters(1, 1)
    assert [(key.key_usage, key.state) for key in description.keys] == [
        (KeyUsage.DIGITAL_SIGNATURE, KeyState.ACTIVE)
    ]
    active, spare = description.areas
    assert (active.status, active.generation, active.transactions) == (AreaStatus.ACTIVE, 1, 2)
    assert spare.status is AreaStatus.BLANK


def test_no_description_and_no_repr_shows_a_secret() -> None:
    shown = repr(describe_image(provisioned().image()))
    records = [decode(key, body) for key, body in PROVISIONED.items()]
    shown += repr(records) + repr(Prepared.of(records))
    for secret in (SEED, OLD_KEY):
        assert repr(secret)[2:20] not in shown
        assert secret.hex() not in shown


def test_an_altered_image_is_described_with_its_problem() -> None:
    image = bytearray(provisioned().image())
    image[JOURNAL_START + 70] ^= 4
    description = describe_image(bytes(image))
    assert "altered" in description.problem
    assert description.areas[0].status is AreaStatus.ALTERED
    assert description.cells == ()
    with pytest.raises(ImageError, match="altered"):
        blank_secrets(bytes(image))


def test_octets_without_a_superblock_are_no_image() -> None:
    for octets in (b"", bytes(100), b"FSIM" * 40):
        with pytest.raises(ImageError, match="superblock"):
            describe_image(octets)
        with pytest.raises(ImageError, match="superblock"):
            blank_secrets(octets)


def test_a_blanked_image_opens_and_keeps_all_else() -> None:
    flash = provisioned()
    commit(Store.open(flash), NEW_CELLS)
    blanked = blank_secrets(flash.image())
    _, store = open_image(blanked)
    _, real = open_image(flash.image())
    assert store.get(IDENTITY_KEY) == encode(DeviceIdentity(DeviceType.ESME, ENTITY, bytes(32)))[1]
    for key, body in everything(real).items():
        if key.kind.name not in ("IDENTITY", "DEVICE_KEY"):
            assert store.get(key) == body
    for secret in (SEED, OLD_KEY):
        assert not any(piece in blanked for piece in pieces(secret))


def test_a_waiting_command_is_blanked_since_it_may_carry_the_symmetric_key() -> None:
    flash = provisioned(NAMED["nrf52840"])
    secret = bytes(range(100, 132))
    chunk = PendingChunk(0, 0, bytes(200) + secret)
    commit(Store.open(flash), {chunk.key: encode(chunk)[1]})
    assert secret in flash.image()
    blanked = blank_secrets(flash.image())
    assert not any(piece in blanked for piece in pieces(secret))
    _, store = open_image(blanked)
    assert store.get(chunk.key) == encode(PendingChunk(0, 0, bytes(232)))[1]


def test_no_secret_in_any_image_that_a_cut_leaves() -> None:
    """Live, stale, half-erased and torn records alike, in pieces of eight octets."""
    place = starting_store(NEW_KEY)
    start = place.flash.snapshot()
    store = Store.open(place.flash)
    place.flash.restore(start)
    trace = traced(place.flash, lambda: commit(store, NEW_KEY))
    for plan in all_cuts(trace, 16, bits=False):
        flash = NorFlash(place.flash.geometry)
        flash.restore(start)
        store = Store.open(flash)
        flash.restore(start, plan)
        with pytest.raises(PowerCut):
            commit(store, NEW_KEY)
        image = flash.image()
        blanked = blank_secrets(image)
        for secret in (SEED, OLD_KEY, FRESH_KEY):
            assert not any(piece in blanked for piece in pieces(secret)), plan
        flash.power_on()
        left = everything(Store.open(flash))
        _, exported = open_image(blanked)
        assert set(everything(exported)) == set(left)


def test_a_torn_key_without_its_header_is_not_exported() -> None:
    """A first key is appended, not rewritten; torn backwards, only its end is there."""
    pending = DeviceKey(KeyUsage.KEY_AGREEMENT, FRESH_KEY, bytes([4] * 65), KeyState.PENDING)
    flash = provisioned()
    store = Store.open(flash)
    flash.plan = CutPlan(flash.operations, Flavour.TORN_BITS, (1 << 8 * 106) - 1)
    with pytest.raises(PowerCut):
        commit(store, dict([encode(pending)]))
    assert FRESH_KEY[:24] in flash.image()
    assert FRESH_KEY[:8] not in blank_secrets(flash.image())
