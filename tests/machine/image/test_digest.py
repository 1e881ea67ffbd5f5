"""The digest of a trust store: what is held counts, where it stands does not."""

from hashlib import sha256

import pytest

from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.digest import entries_digest, trust_store_digest
from firmware_sim.machine.image.records import OWN_COUNTERS_KEY, OwnCounters
from firmware_sim.machine.image.scan import ImageError
from firmware_sim.machine.store import Store
from tests.machine.store.starting_stores import (
    NEW_CELLS,
    NEW_KEY,
    PROVISIONED,
    SMALL,
    deletion,
    provisioned,
)
from tests.machine.store.sweeping import commit, everything


def test_digest_is_sha_256_over_header_and_body_of_each_record_in_order() -> None:
    expected = sha256()
    for (kind, number), body in sorted(PROVISIONED.items()):
        header = b"\x5a" + bytes((kind,)) + number.to_bytes(2, "little")
        expected.update(header + len(body).to_bytes(2, "little") + bytes(2) + body)
    assert trust_store_digest(provisioned().image()) == expected.digest()


def test_history_and_place_do_not_change_the_digest() -> None:
    """There and back through appends and a compaction."""
    flash = provisioned()
    store = Store.open(flash)
    before = trust_store_digest(flash.image())
    for turn in range(2, 40):
        commit(store, dict([encode(OwnCounters(turn, turn))]))
    assert store.generation > 1
    assert trust_store_digest(flash.image()) != before
    commit(store, {OWN_COUNTERS_KEY: PROVISIONED[OWN_COUNTERS_KEY]})
    assert trust_store_digest(flash.image()) == before


@pytest.mark.parametrize("changes", [NEW_CELLS, NEW_KEY, deletion()])
def test_every_change_of_a_record_changes_the_digest(changes: dict) -> None:  # type: ignore[type-arg]
    flash = provisioned()
    before = trust_store_digest(flash.image())
    commit(Store.open(flash), changes)
    assert trust_store_digest(flash.image(), SMALL) != before


def test_image_that_no_device_starts_from_has_no_digest() -> None:
    image = bytearray(provisioned().image())
    image[150] ^= 1
    with pytest.raises(ImageError, match="altered"):
        trust_store_digest(bytes(image))
    with pytest.raises(ImageError, match="superblock"):
        trust_store_digest(b"\xff" * SMALL.size, SMALL)


def test_digest_does_not_depend_on_the_order_of_entries() -> None:
    store = Store.open(provisioned())
    entries = {
        (int(key.kind), key.number): bytes((key.kind, key.number & 0xFF))
        for key in everything(store)
    }
    backwards = dict(reversed(entries.items()))
    assert entries_digest(entries) == entries_digest(backwards)
    assert entries_digest({}) == sha256().digest()
