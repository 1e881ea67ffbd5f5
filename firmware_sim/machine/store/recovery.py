"""Power-on: find the valid area, finish or undo what was cut, and refuse what is altered."""

from collections.abc import Collection

from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.image.areas import Valid, contents_of, geometry_of, valid_areas
from firmware_sim.machine.image.layout import FORMAT_VERSION
from firmware_sim.machine.image.scan import (
    Committed,
    ImageError,
    JournalScan,
    is_blank,
    known_beginning,
    scan_journal,
)
from firmware_sim.machine.ports import Flash
from firmware_sim.machine.store.errors import StoreError
from firmware_sim.machine.store.journal import Journal, LiveRecords


def recover(flash: Flash, known: Collection[Committed] = ()) -> tuple[Journal, LiveRecords]:
    """Bring a flash to a state in which transactions can go on.

    Afterwards one area is valid and the other reads erased. Nothing is changed before the whole
    of the valid area has been checked. An image of an older format version is rewritten in the
    present one, with the same records.

    Args:
        known: beginnings of journals that have been checked before. Only for a program that
            powers on many flashes that differ little; a device has none.

    Raises:
        StoreError: no area is valid, or committed octets are altered.
    """
    geometry = flash.geometry
    contents = [flash.read(area.base, area.size) for area in geometry.areas]
    valid, scan = _checked(geometry, contents, known)
    journal = Journal(flash, valid.superblock, valid.area, scan.tail, scan.sequence)
    if not is_blank(contents[journal.spare.number], geometry.erased_value):
        journal.erase_spare()
    is_older = valid.superblock.format_version != FORMAT_VERSION
    if scan.flaw or is_older or not valid.intact:
        journal.rewrite(scan.live)
    return journal, scan.live


def read_committed(image: bytes, known: Committed | None = None) -> Committed:
    """What saved flash contents hold: the records that a power-on would find, and nothing mended.

    Args:
        known: what an earlier image of the same device held.

    Raises:
        StoreError: no area is valid, or committed octets are altered.
    """
    try:
        geometry = geometry_of(image)
    except ImageError as error:
        raise StoreError(error.reason) from error
    beginnings = () if known is None else (known,)
    valid, scan = _checked(geometry, contents_of(image, geometry), beginnings)
    octets, generation = valid.octets[: scan.tail], valid.superblock.generation
    return Committed(octets, generation, scan.live, scan.sequence)


def _checked(
    geometry: Geometry, contents: list[bytes], known: Collection[Committed]
) -> tuple[Valid, JournalScan]:
    """The area that counts, and its journal."""
    try:
        valid = valid_areas(geometry, contents)[0]
        generation = valid.superblock.generation
        beginning = known_beginning(valid.octets, generation, known)
        return valid, scan_journal(valid.octets, generation, geometry.erased_value, beginning)
    except ImageError as error:
        raise StoreError(error.reason) from error
