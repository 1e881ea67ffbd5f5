"""Octets that changed by themselves are repaired or refused, never obeyed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.layout import JOURNAL_START
from firmware_sim.machine.store import Store, StoreError, open_image
from tests.machine.store.corrupting import altered_states, flips, used_flash
from tests.machine.store.starting_stores import SMALL
from tests.machine.store.sweeping import everything


def test_no_flipped_bit_changes_the_state() -> None:
    assert altered_states() == []


def test_a_flipped_bit_in_one_superblock_is_repaired() -> None:
    flash, state, _ = used_flash()
    for image in flips(flash.image()[:JOURNAL_START], 7):
        broken = NorFlash.load(image + flash.image()[JOURNAL_START:], flash.geometry)
        assert everything(Store.open(broken)) == state
        assert broken.operations > 0
        operations = broken.operations
        assert everything(Store.open(broken)) == state
        assert broken.operations == operations


def test_a_flipped_bit_in_a_live_record_is_refused_with_a_reason() -> None:
    flash, _, _ = used_flash()
    image = bytearray(flash.image())
    image[JOURNAL_START + 40] ^= 1
    broken = NorFlash.load(bytes(image), flash.geometry)
    with pytest.raises(StoreError, match="altered"):
        Store.open(broken)
    assert broken.image() == image, (
        "a refused image is left as it is, for the engineer who examines it"
    )


def test_image_without_both_superblocks_is_refused() -> None:
    flash, _, _ = used_flash()
    image = bytes(JOURNAL_START) + flash.image()[JOURNAL_START:]
    with pytest.raises(StoreError, match="superblock"):
        Store.open(NorFlash.load(image, flash.geometry))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_heavily_damaged_image_is_refused_without_a_crash(data: st.DataObject) -> None:
    """A destroyed last commit mark is the one damage that reads as an interruption."""
    flash, state, before = used_flash()
    image = bytearray(flash.image())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(image) - 1))
        junk = data.draw(st.binary(min_size=1, max_size=64))
        image[at : at + len(junk)] = junk[: len(image) - at]
    try:
        found = everything(Store.open(NorFlash.load(bytes(image), SMALL)))
    except StoreError:
        return
    assert found in (state, before)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=512))
def test_an_arbitrary_file_is_no_image(octets: bytes) -> None:
    with pytest.raises(StoreError, match="superblock"):
        open_image(octets)
