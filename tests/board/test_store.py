"""The firmware's store beside the simulator's: one history, the same octets after every step."""

from collections.abc import Iterator
from random import Random

import pytest

from firmware_sim.machine.flash.geometry import NAMED, TINY, Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.digest import trust_store_digest
from firmware_sim.machine.image.layout import BODY_OCTETS, JOURNAL_START, MAX_LIVE_RECORDS
from firmware_sim.machine.image.records import RecordKey, RecordKind
from firmware_sim.machine.store.errors import InsufficientSpace
from firmware_sim.machine.store.model import StoreModel
from tests.board.python_store import PythonStore
from tests.board.ram_board import RamBoard, Result
from tests.machine.store.starting_stores import NEW_CELLS, NEW_KEY, PROVISIONED, SMALL, meter

_MOST = MAX_LIVE_RECORDS

PARTS = {**NAMED, "small": SMALL}
_KEYS = [
    *(RecordKey(RecordKind.DEVICE_KEY, number) for number in (0x01, 0x02, 0x41)),
    *(RecordKey(RecordKind.CELL, number) for number in (0x0000, 0x0100, 0x0240, 0x0241, 0xFFFF)),
    RecordKey(RecordKind.ROOT, 0x50),
    *(RecordKey(RecordKind.COUNTERS, number) for number in range(8)),
    RecordKey(RecordKind.OWN_COUNTERS, 0),
    *(RecordKey(RecordKind.LOG_EVENT, number) for number in range(16)),
    *(RecordKey(RecordKind.LOG_TALLY, number) for number in (1, 2, 0x8001, 0xFFFF)),
    *(RecordKey(RecordKind.PENDING_COMMAND, number) for number in range(4)),
    *(RecordKey(RecordKind.RETIRED_KEY, number) for number in (0x0140, 0x0143, 0x0800, 0x0904)),
]
_WAITING = [
    RecordKey(RecordKind.PENDING_CHUNK, place << 8 | number)
    for place in range(4)
    for number in range(17)
]


def histories(random: Random) -> Iterator[dict[RecordKey, bytes | None]]:
    """Transactions of all sorts: puts, removals, secrets, whole waiting commands."""
    while True:
        keys = random.sample(_KEYS, random.choice((1, 1, 2, 3, 9)))
        if random.random() < 0.15:
            place = random.randrange(4)
            keys += _WAITING[17 * place : 17 * place + random.randint(1, 17)]
        changes: dict[RecordKey, bytes | None] = {}
        for key in keys:
            body = random.choice((random.randbytes, bytes, lambda n: b"\xff" * n))
            changes[key] = body(BODY_OCTETS[key.kind]) if random.random() < 0.7 else None
        yield changes


def both(geometry: Geometry) -> tuple[RamBoard, PythonStore]:
    return RamBoard(geometry), PythonStore(NorFlash(geometry))


@pytest.mark.parametrize(("first", "more"), [(32, 7), (64, 6)])
def test_an_area_is_filled_to_its_last_octet_and_no_further(first: int, more: int) -> None:
    """384 octets are left: eight transactions of 48, or one of 80, six of 48 and 16 in vain."""
    board, python = both(SMALL)
    assert board.format(PROVISIONED.items()) is python.format(PROVISIONED) is Result.OK
    counters = [RecordKey(RecordKind.OWN_COUNTERS, 0), RecordKey(RecordKind.COUNTERS, 2)]
    for number in range(more + 1):
        keys = counters[: first // 32] if number == 0 else counters[:1]
        changes: dict[RecordKey, bytes | None] = dict.fromkeys(keys, bytes((number + 1,)) * 24)
        assert board.commit(changes) is python.commit(changes) is Result.OK
        assert (board.generation, board.image()) == (1, python.flash.image())
    last: dict[RecordKey, bytes | None] = {counters[0]: bytes(24)}
    assert board.commit(last) is python.commit(last) is Result.OK
    assert (board.generation, board.image()) == (2, python.flash.image())


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_one_history_of_changes_leaves_the_same_octets_in_c_and_python(
    part: str, seed: int
) -> None:
    board, python = both(PARTS[part])
    model = StoreModel(PARTS[part].areas[0].size, PROVISIONED.items())
    assert board.format(PROVISIONED.items()) is python.format(PROVISIONED) is Result.OK
    assert board.image() == python.flash.image()
    random = Random(seed)
    seen = set()
    for turn, drawn in zip(range(120), histories(random), strict=False):
        state = list(model.state.items())
        # Some of what is there already, which costs nothing, and the removal of some of it.
        held = dict(random.sample(state, random.choice((0, 0, 2, 4))))
        gone = dict.fromkeys(list(held)[2:])
        changes: dict[RecordKey, bytes | None] = {**held, **gone, **drawn}
        result = board.commit(changes)
        assert result is python.commit(changes)
        try:
            model.commit(changes)
        except InsufficientSpace:
            assert result is Result.FULL
        seen.add(result)
        assert board.image() == python.flash.image(), f"turn {turn}"
        assert board.everything() == model.state, f"turn {turn}"
        assert board.digest() == trust_store_digest(board.image(), board.geometry)
        if turn % 10 == 9:
            assert board.open() is python.open() is Result.OK
            assert board.operations == 0
            assert board.everything() == model.state
    assert board.faults == 0
    assert python.store is not None
    assert board.generation == python.store.generation > 1
    holds_all_that_waits = PARTS[part].areas[0].size > 512 * len(_WAITING)
    assert seen == ({Result.OK} if holds_all_that_waits else {Result.OK, Result.FULL})


def test_a_meter_with_a_full_log_is_provisioned_and_read_back() -> None:
    board, python = both(TINY)
    records = dict(meter())
    assert board.format(records.items()) is python.format(records) is Result.OK
    assert board.image() == python.flash.image()
    for kind in RecordKind:
        assert board.items(kind) == python.items(kind)
    assert all(board.get(key) == body for key, body in records.items())
    assert board.get(RecordKey(RecordKind.CELL, 0x7777)) is None


def test_commit_that_does_not_fit_is_refused_before_any_program() -> None:
    board, python = both(SMALL)
    assert board.format(PROVISIONED.items()) is python.format(PROVISIONED) is Result.OK
    before = board.image()
    certificate = RecordKey(RecordKind.DEVICE_CERTIFICATE, 0)
    assert board.commit({certificate: bytes(648)}) is Result.FULL
    assert python.commit({certificate: bytes(648)}) is Result.FULL
    assert board.operations == 0
    assert board.image() == before
    assert board.commit(NEW_CELLS) is python.commit(NEW_CELLS) is Result.OK
    assert board.image() == python.flash.image()


def test_more_than_the_staging_area_holds_is_refused_and_forgotten() -> None:
    board, _ = both(NAMED["stm32f4"])
    assert board.format(PROVISIONED.items()) is Result.OK
    too_many = dict.fromkeys(_WAITING[:30], b"\xa5" * 504)
    assert board.commit(too_many) is Result.FULL
    assert board.operations == 0
    assert board.commit({}) is Result.OK
    assert board.everything() == PROVISIONED


def test_an_unknown_kind_is_refused() -> None:
    board, _ = both(SMALL)
    assert board.format(PROVISIONED.items()) is Result.OK
    board.stage_unknown_kind()
    assert board.commit_staged() is Result.FULL


def test_commit_without_a_change_programs_nothing() -> None:
    board, _ = both(SMALL)
    assert board.format(PROVISIONED.items()) is Result.OK
    absent = RecordKey(RecordKind.CELL, 0x7777)
    assert board.commit({**PROVISIONED, absent: None}) is Result.OK
    assert board.operations == 0


def test_last_change_of_one_key_counts_and_keeps_its_turn() -> None:
    board, python = both(SMALL)
    assert board.format(PROVISIONED.items()) is python.format(PROVISIONED) is Result.OK
    key, other = list(NEW_CELLS)[:2]
    first, second = bytes(120), b"\x01" * 120
    board.stage([(key, None), (key, first), (other, first), (other, None), (key, second)])
    assert board.commit_staged() is python.commit({key: second, other: None}) is Result.OK
    assert board.image() == python.flash.image()


def test_a_retired_secret_leaves_the_flash_at_once() -> None:
    board, _ = both(TINY)
    assert board.format(PROVISIONED.items()) is Result.OK
    assert b"\x11" * 32 in board.image()
    assert board.commit(NEW_KEY) is Result.OK
    assert board.generation == 2
    assert b"\x11" * 32 not in board.image()


def test_a_flash_without_an_image_has_no_area() -> None:
    board, _ = both(SMALL)
    assert board.open() is Result.NO_AREA
    assert board.commit(PROVISIONED) is Result.NO_AREA
    assert board.everything() == {}


def test_an_image_for_another_flash_is_refused() -> None:
    other = Geometry((512,) * 4, write_unit=4, programs_per_unit=2)
    _, python = both(other)
    assert python.format(PROVISIONED) is Result.OK
    board, own = RamBoard(SMALL), PythonStore.loaded(python.flash.image(), SMALL)
    board.load(python.flash.image())
    assert board.open() is own.open() is Result.NO_AREA
    assert board.image() == python.flash.image()


def test_a_flash_that_does_not_take_a_word_is_noticed_and_left_behind() -> None:
    board, _ = both(TINY)
    assert board.format(PROVISIONED.items()) is Result.OK
    used = JOURNAL_START + sum(8 + len(body) for body in PROVISIONED.values()) + 16
    board.fail_at(used + 24)
    assert board.commit(NEW_CELLS) is Result.FAILED
    assert board.everything() == PROVISIONED
    assert board.commit(NEW_CELLS) is Result.OK
    assert board.generation == 2, "what follows a failure goes to the other area"
    assert board.everything() == {**PROVISIONED, **NEW_CELLS}
    assert board.faults == 0


def test_more_records_than_the_firmware_can_hold_are_refused() -> None:
    """A bound that no device of ours reaches: an image that does was not written by one."""
    python = PythonStore(NorFlash(NAMED["stm32f4"]))
    board = RamBoard(NAMED["stm32f4"])
    for count, expected in ((_MOST, Result.OK), (_MOST + 1, Result.FULL)):
        records = {RecordKey(RecordKind.COUNTERS, number): bytes(24) for number in range(count)}
        assert python.format(records) is Result.OK
        board.load(python.flash.image())
        assert board.open() is expected
    assert board.everything() == {}


def test_a_commit_never_makes_more_records_than_the_firmware_can_hold() -> None:
    python = PythonStore(NorFlash(NAMED["stm32f4"]))
    keys = [RecordKey(RecordKind.COUNTERS, number) for number in range(_MOST + 1)]
    assert python.format(dict.fromkeys(keys[:_MOST], bytes(24))) is Result.OK
    board = RamBoard(NAMED["stm32f4"])
    board.load(python.flash.image())
    assert board.open() is Result.OK
    assert board.commit({keys[_MOST]: bytes(24)}) is Result.FULL
    assert board.operations == 0
    for changes, expected in (
        ({keys[_MOST]: bytes(24), keys[7]: None}, Result.FULL),  # for a moment they are too many
        ({keys[7]: None}, Result.OK),
        ({keys[_MOST]: bytes(24)}, Result.OK),
    ):
        assert board.commit(changes) is expected
        if expected is Result.OK:
            assert python.commit(changes) is expected
    assert board.image() == python.flash.image()
    assert board.everything() == python.everything()
