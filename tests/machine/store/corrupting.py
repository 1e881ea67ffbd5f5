"""Flipping bits of a flash at rest: the store repairs, or it refuses; it never obeys."""

from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.store import Store, StoreError
from firmware_sim.machine.store.model import State
from tests.machine.store.starting_stores import NEW_CELLS, starting_store
from tests.machine.store.sweeping import commit, everything


def used_flash() -> tuple[NorFlash, State, State]:
    """A store with a snapshot and one appended transaction, its state and the state before."""
    place = starting_store(NEW_CELLS)
    commit(Store.open(place.flash), NEW_CELLS)
    return place.flash, place.outcomes[1], place.outcomes[0]


def flips(image: bytes, step: int = 1) -> list[bytes]:
    """The image with one bit changed: every bit, or every `step`-th."""
    whole = int.from_bytes(image)
    return [(whole ^ 1 << bit).to_bytes(len(image)) for bit in range(0, 8 * len(image), step)]


def altered_states(step: int = 1) -> list[str]:
    """A fault for each single flipped bit after which the store opens with another state."""
    flash, state, _ = used_flash()
    faults = []
    for number, image in enumerate(flips(flash.image(), step)):
        try:
            found = everything(Store.open(NorFlash.load(image, flash.geometry)))
        except StoreError:
            continue
        if found != state:
            faults.append(f"bit {number * step}: another state")
    return faults
