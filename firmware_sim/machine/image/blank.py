"""A copy of an image that may leave the house: no key, seed or waiting command, live or stale."""

from zlib import crc32

from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.image.areas import Valid, contents_of, geometry_of, valid_areas
from firmware_sim.machine.image.entries import HEADER, commit_mark
from firmware_sim.machine.image.layout import (
    COMMIT_OCTETS,
    ENTRY_HEADER_OCTETS,
    JOURNAL_START,
    MARK_DELETE,
    MARK_PUT,
    MAX_CHUNK_OCTETS,
)
from firmware_sim.machine.image.records import RecordKind
from firmware_sim.machine.image.scan import ImageError, scan_journal

_SECRET_FIELDS = {
    RecordKind.IDENTITY.value: slice(9, 41),
    RecordKind.DEVICE_KEY.value: slice(1, 33),
    RecordKind.PENDING_CHUNK.value: slice(2, 2 + MAX_CHUNK_OCTETS),
}
"""Where in the body the secret stands. A waiting command may carry the symmetric key, in parts."""


def blank_secrets(image: bytes, geometry: Geometry | None = None) -> bytes:
    """A copy whose private scalars, seed and waiting commands are zero octets; it still opens.

    Committed transactions keep their shape and get new checksums. What was never committed, and
    an old area that cannot be read to its end, is returned to the erased value: parts of a key
    could stand there without the header that would tell.

    Raises:
        ImageError: the area that counts is altered, so it cannot be said what stands where.
    """
    geometry = geometry or geometry_of(image)
    current, *stale = valid_areas(geometry, contents_of(image, geometry))
    blanked = bytearray((geometry.erased_value,)) * len(image)
    _place(blanked, current, _blank_area(current))
    for valid in stale:
        try:
            _place(blanked, valid, _blank_area(valid))
        except ImageError:
            continue
    return bytes(blanked)


def _place(image: bytearray, valid: Valid, octets: bytes) -> None:
    image[valid.area.base : valid.area.base + len(octets)] = octets


def _blank_area(valid: Valid) -> bytes:
    """The area up to its last commit mark."""
    generation = valid.superblock.generation
    erased_value = valid.superblock.geometry.erased_value
    tail = scan_journal(valid.octets, generation, erased_value).tail
    octets = bytearray(valid.octets[:tail])
    start = position = JOURNAL_START
    entries = sequence = 0
    while position < tail:
        mark, kind, _, length, _ = HEADER.unpack_from(octets, position)
        body = position + ENTRY_HEADER_OCTETS
        if mark in (MARK_PUT, MARK_DELETE):
            if mark == MARK_PUT and kind in _SECRET_FIELDS:
                field = _SECRET_FIELDS[kind]
                octets[body + field.start : body + field.stop] = bytes(field.stop - field.start)
            position, entries = body + length, entries + 1
        else:
            crc = crc32(octets[start:position])
            fresh = commit_mark(entries, sequence, crc, generation, position)
            octets[position : position + COMMIT_OCTETS] = fresh
            start = position = position + COMMIT_OCTETS
            entries, sequence = 0, sequence + 1
    return bytes(octets)
