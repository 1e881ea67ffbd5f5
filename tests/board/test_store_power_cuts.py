"""The power fails at every word: firmware and simulator then find the same state, and it is one
of the two that the model allows."""

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import pytest

from firmware_sim.machine.flash.geometry import NAMED, TINY, Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.records import OwnCounters
from firmware_sim.machine.store.model import State, StoreModel
from tests.board.python_store import PythonStore
from tests.board.ram_board import AFTER, BEFORE, TORN, Changes, Cut, RamBoard, Result
from tests.machine.store.starting_stores import (
    NEW_CELLS,
    NEW_KEY,
    PROVISIONED,
    SMALL,
    deletion,
    device_key,
    meter,
    new_cells,
    starting_store,
)

MASKS = (0x0000FFFF, 0xFF000000, 0x55555555, 0x00000001, 0x7FFFFFFF, 0xFFFFFFFF)
"""Of an erase, the last leaves octets that read erased but may not be programmed yet."""
SMALL_ERASED_0 = Geometry((512,) * 4, write_unit=4, erased_value=0x00)


class Start(NamedTuple):
    """An image just before a commit, and the two states that may stand after it was cut."""

    image: bytes
    geometry: Geometry
    changes: Changes
    outcomes: tuple[State, State]


def small(changes: Changes, geometry: Geometry, *, full: bool = False) -> Start:
    place = starting_store(dict(changes), geometry, full=full)
    return Start(place.flash.image(), geometry, changes, place.outcomes)


STARTS = {
    f"{name}-{what}": small(changes, geometry, full=full)
    for name, geometry in {"small": SMALL, "erased-0": SMALL_ERASED_0}.items()
    for what, changes, full in (
        ("append", NEW_CELLS, False),
        ("compaction", NEW_CELLS, True),
        ("retired-key", NEW_KEY, False),
        ("removal", deletion(), False),
    )
}


def cuts(operations: int, masks: tuple[int, ...] = MASKS) -> Iterator[Cut]:
    for operation in range(operations):
        yield Cut(operation, BEFORE)
        yield from (Cut(operation, TORN, mask) for mask in masks)
        yield Cut(operation, AFTER)


def recovered(board: RamBoard, start: Start) -> State:
    """What both make of the torn image: the same state, the same octets, and no longer torn."""
    python = PythonStore.loaded(board.image(), start.geometry)
    result = board.open()
    assert result is python.open() is Result.OK
    assert board.image() == python.flash.image()
    state = board.everything()
    assert state == python.everything()
    assert board.open() is Result.OK
    assert board.operations == 0, "a recovery leaves nothing to recover"
    return state


def count_operations(board: RamBoard, start: Start) -> int:
    board.load(start.image)
    assert board.open() is Result.OK
    assert board.commit(start.changes) is Result.OK
    return board.operations


def cut_commit(board: RamBoard, start: Start, cut: Cut) -> None:
    board.load(start.image)
    assert board.open() is Result.OK
    assert board.commit(start.changes, cut) is Result.POWER_LOST


@pytest.mark.parametrize("name", STARTS)
def test_cut_at_every_word_of_a_commit_leaves_the_state_before_or_after(name: str) -> None:
    start = STARTS[name]
    board = RamBoard(start.geometry)
    found = {0: 0, 1: 0}
    for cut in cuts(count_operations(board, start)):
        cut_commit(board, start, cut)
        state = recovered(board, start)
        assert state in start.outcomes, f"{cut}: a mixture"
        found[start.outcomes.index(state)] += 1
        # One more by an append and one that retires a key, hence by a rewrite.
        for later in (encode(OwnCounters(3, 3)), encode(device_key(0x77))):
            assert board.commit(dict([later])) is Result.OK
            state = {**state, **dict([later])}
            assert board.everything() == state
        assert board.faults == 0, f"{cut}: a rule of the part was broken"
    assert found[0] > 100
    assert found[1] > 0


@pytest.mark.parametrize("name", ["small-append", "small-compaction", "erased-0-retired-key"])
def test_cut_at_every_word_of_a_recovery_leaves_the_same_state(name: str) -> None:
    """The first cut is one after which there is much to do; the second falls into the doing."""
    start = STARTS[name]
    board = RamBoard(start.geometry)
    operations = count_operations(board, start)
    second_cuts = 0
    for first in cuts(operations, masks=(0x00FF00FF,)):
        if first.operation % 16 not in (3, 9):
            continue
        cut_commit(board, start, first)
        torn = board.image()
        board.open()
        for second in cuts(board.operations, masks=(0x00FF00FF,)):
            if second.operation % 5:
                continue
            board.load(torn)
            assert board.open(second) is Result.POWER_LOST
            assert recovered(board, start) in start.outcomes, f"{first}, then {second}"
            second_cuts += 1
    assert second_cuts > 100


@pytest.mark.parametrize("part", ["tiny", "nrf52840", "stm32f4", "stm32l1"])
def test_cut_update_of_a_meter_on_each_flash_part_leaves_the_state_before_or_after(
    part: str,
) -> None:
    """The root and all cells of a meter replaced, by an append or a compaction, cut in places."""
    geometry = NAMED[part]
    python = PythonStore(NorFlash(geometry))
    assert python.format(dict(meter())) is Result.OK
    model = StoreModel(geometry.areas[0].size, meter())
    changes = dict(encode(record) for record in new_cells(0x66))
    for turn in range(3 if geometry is TINY else 0):  # fills the journal: the next compacts
        changes_before = dict(encode(record) for record in new_cells(turn))
        assert python.commit(changes_before) is Result.OK
        model.commit(changes_before)
    start = Start(python.flash.image(), geometry, changes, (model.state, model.after(changes)))
    board = RamBoard(geometry)
    operations = count_operations(board, start)
    samples = chain(range(0, operations, 29), range(operations - 12, operations))
    for operation in samples:
        for cut in (Cut(operation, BEFORE), Cut(operation, TORN, 0x0FF0), Cut(operation, AFTER)):
            cut_commit(board, start, cut)
            assert recovered(board, start) in start.outcomes, f"{cut}: a mixture"
            assert board.faults == 0


def test_cut_at_every_word_of_a_provisioning_leaves_no_half_filled_store() -> None:
    """A cut one does not open half filled, and can be begun anew."""
    board = RamBoard(SMALL)
    blank = board.image()
    assert board.format(PROVISIONED.items()) is Result.OK
    provisioned, outcomes = board.image(), set()
    for cut in cuts(board.operations, masks=(0x0000FFFF,)):
        board.load(blank)
        assert board.format(PROVISIONED.items(), cut) is Result.POWER_LOST
        python = PythonStore.loaded(board.image(), SMALL)
        result = board.open()
        assert result is python.open()
        assert board.image() == python.flash.image()
        assert board.everything() == (PROVISIONED if result is Result.OK else {})
        outcomes.add(result)
        assert board.format(PROVISIONED.items()) is Result.OK
        assert board.image() == provisioned
    assert outcomes == {Result.OK, Result.NO_AREA}
