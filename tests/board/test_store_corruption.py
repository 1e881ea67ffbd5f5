"""Altered images: firmware and simulator give the same verdict and make the same repair."""

from random import Random
from zlib import crc32

import pytest

from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.image.digest import trust_store_digest
from firmware_sim.machine.image.superblock import pack_superblock
from tests.board.python_store import PythonStore
from tests.board.ram_board import RamBoard, Result
from tests.machine.store.corrupting import flips, used_flash
from tests.machine.store.starting_stores import NEW_CELLS, SMALL, starting_store


def verdicts(board: RamBoard, image: bytes, geometry: Geometry = SMALL) -> Result:
    """The verdict of both, which is the same; as are the octets and records afterwards."""
    board.load(image)
    python = PythonStore.loaded(image, geometry)
    result = board.open()
    assert result is python.open()
    assert board.image() == python.flash.image()
    if result is Result.OK:
        assert board.everything() == python.everything()
        assert board.digest() == trust_store_digest(python.flash.image(), geometry)
    else:
        assert board.image() == image, "a refused image is left as it is"
        assert board.everything() == {}
    return result


def test_image_with_any_single_flipped_bit_is_read_alike_in_c_and_python() -> None:
    flash, state, _ = used_flash()
    board = RamBoard(SMALL)
    seen = set()
    for image in flips(flash.image()):
        result = verdicts(board, image)
        seen.add(result)
        assert result is not Result.OK or board.everything() == state
    assert seen == {Result.OK, Result.ALTERED}


def test_two_flipped_bits_in_a_commit_mark_are_judged_alike_in_c_and_python() -> None:
    """One is forgiven, two are not; but where the mark is the last, nothing proves it was one."""
    flash, state, before = used_flash()
    image = int.from_bytes(flash.image())
    used = len(flash.image().rstrip(b"\xff"))
    board = RamBoard(SMALL)
    shift = 8 * (len(flash.image()) - used)
    for first in range(0, 128, 5):
        assert verdicts(board, (image ^ 1 << shift + first).to_bytes(SMALL.size)) is Result.OK
        assert board.everything() == state
        both = image ^ 1 << shift + first ^ 1 << shift + (first + 64) % 128
        assert verdicts(board, both.to_bytes(SMALL.size)) is Result.OK
        assert board.everything() == before


@pytest.mark.parametrize("seed", range(4))
def test_heavily_damaged_image_is_judged_alike_in_c_and_python(seed: int) -> None:
    random = Random(seed)
    flash, state, before = used_flash()
    board = RamBoard(SMALL)
    seen = set()
    for _ in range(400):
        image = bytearray(flash.image())
        for _ in range(random.randint(1, 4)):
            junk = random.randbytes(random.randint(1, 24))
            at = random.randrange(len(image) - len(junk))
            image[at : at + len(junk)] = random.choice((junk, bytes(junk), b"\xff" * len(junk)))
        result = verdicts(board, bytes(image))
        seen.add(result)
        assert result is not Result.OK or board.everything() in (state, before)
    assert seen >= {Result.OK, Result.ALTERED}


@pytest.mark.parametrize("seed", range(2))
def test_noise_that_looks_like_entries_is_judged_alike_in_c_and_python(seed: int) -> None:
    """Headers of every sort behind the last mark, up to the end of the area."""
    random = Random(seed)
    flash, _, _ = used_flash()
    used = len(flash.image().rstrip(b"\xff"))
    board = RamBoard(SMALL)
    for _ in range(400):
        image = bytearray(flash.image())
        for at in range(used, SMALL.areas[0].size, 16):
            mark = random.choice((0x5A, 0x3C, 0xC3, 0xFF))
            length = random.choice((8, 24, 40, 56, 72, 104, 120, 504, 0xFFFF))
            header = bytes((mark, random.randrange(13), 0, 0)) + length.to_bytes(2, "little")
            if random.random() < 0.7:
                image[at : at + 16] = header + random.randbytes(10)
        assert verdicts(board, bytes(image)) is Result.OK


def test_later_one_of_two_valid_areas_counts() -> None:
    """Between the end of a compaction and the erasure of the old area both are valid."""
    old, new = starting_store(NEW_CELLS).flash, starting_store(NEW_CELLS, full=True).flash
    python = PythonStore(new)
    assert python.open() is Result.OK
    assert python.commit(NEW_CELLS) is Result.OK
    assert python.store is not None
    base = SMALL.areas[1].base
    image = old.image()[:base] + new.image()[base:]
    board = RamBoard(SMALL)
    assert verdicts(board, image) is Result.OK
    assert board.generation == 2
    assert board.everything() == python.everything()


def test_superblock_of_another_device_type_or_version_is_judged_alike() -> None:
    flash, _, _ = used_flash()
    store = PythonStore(flash)
    assert store.open() is Result.OK
    assert store.store is not None
    head = pack_superblock(store.store.superblock)
    board = RamBoard(SMALL)
    for at, value in ((4, 3), (6, 7), (6, 31), (6, 32), (6, 255)):
        changed = head[:at] + bytes((value,)) + head[at + 1 : 60]
        changed += crc32(changed).to_bytes(4, "little")
        assert verdicts(board, changed + changed + flash.image()[128:]) is Result.NO_AREA
        assert verdicts(board, changed + head + flash.image()[128:]) is Result.OK
