"""What each octet of an image belongs to: superblocks, records live and superseded, marks, rest."""

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.image.areas import Valid, contents_of, geometry_of, valid_areas
from firmware_sim.machine.image.entries import HEADER
from firmware_sim.machine.image.layout import (
    BODY_OCTETS,
    COMMIT_OCTETS,
    ENTRY_HEADER_OCTETS,
    JOURNAL_START,
    MARK_DELETE,
    MARK_PUT,
    SUPERBLOCK_OCTETS,
)
from firmware_sim.machine.image.record_keys import record_key
from firmware_sim.machine.image.records import (
    Cell,
    Counters,
    DeviceCertificate,
    DeviceKey,
    Record,
    RecordKey,
    RecordKind,
    RetiredKey,
)
from firmware_sim.machine.image.scan import ImageError, is_blank, scan_journal
from firmware_sim.machine.image.soundness import sound_record


class RegionKind(Enum):
    """What a region is."""

    SUPERBLOCK = "superblock"
    RECORD = "record"
    """Of the state that a device starts from."""
    SUPERSEDED = "superseded"
    """A record that a later one replaced or deleted, or the note of a deletion."""
    MARK = "commit mark"
    UNKNOWN = "unknown"
    """Octets of no committed transaction of a valid area: torn, altered or stale."""
    ERASED = "erased"


class Region(NamedTuple):
    """Adjacent octets of one kind; `name` says which record, e.g. ``cell supplier.DS``."""

    start: int
    octets: int
    kind: RegionKind
    name: str = ""
    record: RecordKind | None = None


def regions_of(image: bytes, geometry: Geometry | None = None) -> tuple[Region, ...]:
    """The regions of a whole image, in order and without a gap.

    Raises:
        ImageError: no sound superblock, so nothing says what stands where.
    """
    geometry = geometry or geometry_of(image)
    contents = contents_of(image, geometry)
    valid = {entry.area.number: entry for entry in valid_areas(geometry, contents)}
    active = valid_areas(geometry, contents)[0].area.number
    found: list[Region] = []
    for area in geometry.areas:
        end = found[-1].start + found[-1].octets if found else 0
        found += _rest(image[end : area.base], end, geometry)  # what lies between two areas
        octets = contents[area.number]
        if area.number == active:
            found += _journal(valid[active], geometry)
        else:
            found += _rest(octets, area.base, geometry)
    end = found[-1].start + found[-1].octets
    return (*found, *_rest(image[end:], end, geometry))


_SINGLE = (
    RecordKind.IDENTITY,
    RecordKind.ROOT,
    RecordKind.OWN_COUNTERS,
    RecordKind.METER,
    RecordKind.ACTIVATION,
)


def name_of(record: Record) -> str:
    """A record for people, e.g. ``cell supplier.DS``; shows no secret."""
    kind = record.key.kind.name.lower().replace("_", " ")
    match record:
        case Cell():
            return f"cell {record.cell}"
        case Counters():
            return f"counters {record.role.label}"
        case DeviceKey():
            return f"device key {record.key_usage.short} {record.state.name.lower()}"
        case DeviceCertificate():
            return f"device certificate {record.key_usage.short}"
        case RetiredKey():
            return f"retired key {record.cell} {record.place}"
    number = record.key.number
    return kind if record.key.kind in _SINGLE else f"{kind} {number:x}"


def _name(key: RecordKey, body: bytes) -> str:
    try:
        return name_of(sound_record(key, body))
    except ImageError:
        return f"unsound {key.kind.name.lower().replace('_', ' ')} {key.number:x}"


def _journal(valid: Valid, geometry: Geometry) -> Iterator[Region]:
    base, octets = valid.area.base, valid.octets
    yield Region(base, SUPERBLOCK_OCTETS, RegionKind.SUPERBLOCK, "superblock")
    copy = base + SUPERBLOCK_OCTETS
    yield Region(copy, SUPERBLOCK_OCTETS, RegionKind.SUPERBLOCK, "superblock copy")
    try:
        scan = scan_journal(octets, valid.superblock.generation, geometry.erased_value)
    except ImageError:
        yield from _rest(octets[JOURNAL_START:], base + JOURNAL_START, geometry)
        return
    last = _last_places(octets, scan.tail)
    position = JOURNAL_START
    while position < scan.tail:
        mark, kind, index, length, _ = HEADER.unpack_from(octets, position)
        if mark not in (MARK_PUT, MARK_DELETE):
            yield Region(base + position, COMMIT_OCTETS, RegionKind.MARK)
            position += COMMIT_OCTETS
            continue
        size = ENTRY_HEADER_OCTETS + length
        key = record_key(RecordKind(kind), index)
        is_live = key in scan.live and last[kind, index] == position
        body = octets[position + ENTRY_HEADER_OCTETS : position + size]
        is_put = mark == MARK_PUT and length == BODY_OCTETS[kind]
        name = _name(key, body) if is_put else f"deletion {kind:x} {index:x}"
        state = RegionKind.RECORD if is_live else RegionKind.SUPERSEDED
        yield Region(base + position, size, state, name, key.kind)
        position += size
    yield from _rest(octets[position:], base + position, geometry)


def _last_places(octets: bytes, tail: int) -> dict[tuple[int, int], int]:
    """Where the last entry of each kind and number stands."""
    places: dict[tuple[int, int], int] = {}
    position = JOURNAL_START
    while position < tail:
        mark, kind, index, length, _ = HEADER.unpack_from(octets, position)
        if mark in (MARK_PUT, MARK_DELETE):
            places[kind, index] = position
            position += ENTRY_HEADER_OCTETS + length
        else:
            position += COMMIT_OCTETS
    return places


def _rest(octets: bytes, start: int, geometry: Geometry) -> Iterator[Region]:
    """Octets that no transaction accounts for: up to the last that is not erased, and after it."""
    if not octets:
        return
    used = len(octets.rstrip(bytes((geometry.erased_value,))))
    if used and not is_blank(octets, geometry.erased_value):
        yield Region(start, used, RegionKind.UNKNOWN)
    if used < len(octets):
        yield Region(start + used, len(octets) - used, RegionKind.ERASED)
