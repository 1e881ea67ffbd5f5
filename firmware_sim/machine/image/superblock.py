"""The head of an area: written in two copies, the last thing that makes an area valid."""

from functools import lru_cache
from itertools import groupby
from struct import Struct
from zlib import crc32

from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.image.layout import (
    FORMAT_VERSION,
    GEOMETRY_RUNS,
    JOURNAL_START,
    MAGIC,
    OLDEST_VERSION,
    SUPERBLOCK_OCTETS,
)
from firmware_sim.machine.image.records import Superblock

_SUPERBLOCK = Struct("<4sHBBIBB8sI24s10xI")
_RUNS = Struct("<" + "HI" * GEOMETRY_RUNS)
_CHECKED_OCTETS = SUPERBLOCK_OCTETS - 4
_COPIES = (0, SUPERBLOCK_OCTETS)


def pack_superblock(superblock: Superblock) -> bytes:
    """64 octets, checksum included, of the present format version whatever was read.

    Raises:
        ValueError: the flash has more than four runs of equal blocks.
    """
    geometry = superblock.geometry
    head = _SUPERBLOCK.pack(
        MAGIC,
        FORMAT_VERSION,
        superblock.device_type,
        geometry.erased_value,
        superblock.generation,
        geometry.write_unit,
        geometry.programs_per_unit,
        superblock.entity,
        geometry.areas[0].size,
        _pack_runs(geometry.block_sizes),
        0,
    )[:_CHECKED_OCTETS]
    return head + crc32(head).to_bytes(4, "little")


def unpack_superblock(octets: bytes, offset: int = 0) -> Superblock | None:
    """The superblock at `offset`; None if it is none, is damaged or is of another version."""
    return _unpacked(bytes(octets[offset : offset + SUPERBLOCK_OCTETS]))


@lru_cache(maxsize=1 << 14)  # one of each device: a sweep powers on a million times
def _unpacked(octets: bytes) -> Superblock | None:
    head, crc = octets[:_CHECKED_OCTETS], octets[_CHECKED_OCTETS:]
    if not head.startswith(MAGIC) or crc32(head).to_bytes(4, "little") != crc:
        return None
    _, version, device, erased, generation, unit, programs, entity, size, runs, _ = (
        _SUPERBLOCK.unpack(octets)
    )
    if not OLDEST_VERSION <= version <= FORMAT_VERSION:
        return None
    try:
        geometry = _geometry(runs, unit, programs, erased)
        superblock = Superblock(geometry, DeviceType(device), EntityId(entity), generation, version)
    except ValueError:
        return None
    return superblock if geometry.areas[0].size == size else None


def read_superblocks(area: bytes) -> tuple[Superblock | None, bool]:
    """The superblock of an area's octets, and whether both copies are sound and equal."""
    first = unpack_superblock(area, 0)
    intact = first is not None and (
        area[:SUPERBLOCK_OCTETS] == area[SUPERBLOCK_OCTETS:JOURNAL_START]
    )
    return (first or unpack_superblock(area, SUPERBLOCK_OCTETS)), intact


def find_superblock(image: bytes) -> Superblock | None:
    """Any sound superblock whose geometry describes an image of this length; None if there is none.

    The place of the second area follows from the geometry, so without it one must look.
    """
    offset = image.find(MAGIC)
    while offset >= 0:
        superblock = unpack_superblock(image, offset)
        if superblock is not None and superblock.geometry.size == len(image):
            return superblock
        offset = image.find(MAGIC, offset + 1)
    return None


def find_leading_superblock(memory: bytes) -> Superblock | None:
    """As `find_superblock`, of an image that begins at octet 0 and may end before the octets do.

    An emulator keeps a whole memory in a file, and the flash is its beginning.
    """
    offset = memory.find(MAGIC)
    while offset >= 0:
        superblock = unpack_superblock(memory, offset)
        if superblock is not None:
            geometry = superblock.geometry
            places = {area.base + copy for area in geometry.areas for copy in _COPIES}
            if offset in places and geometry.size <= len(memory):
                return superblock
        offset = memory.find(MAGIC, offset + 1)
    return None


@lru_cache(maxsize=64)
def _pack_runs(block_sizes: tuple[int, ...]) -> bytes:
    runs = [(len(list(group)), size) for size, group in groupby(block_sizes)]
    if len(runs) > GEOMETRY_RUNS:
        raise ValueError(f"the superblock describes at most {GEOMETRY_RUNS} runs of equal blocks")
    runs += [(0, 0)] * (GEOMETRY_RUNS - len(runs))
    return _RUNS.pack(*(number for run in runs for number in run))


@lru_cache(maxsize=64)
def _geometry(runs: bytes, unit: int, programs: int, erased: int) -> Geometry:
    numbers = _RUNS.unpack(runs)
    sizes: list[int] = []
    for count, size in zip(numbers[::2], numbers[1::2], strict=True):
        sizes += [size] * count
    return Geometry(tuple(sizes), unit, programs, erased)
