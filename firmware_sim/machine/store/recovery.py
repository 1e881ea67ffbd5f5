"""Power-on: find the valid area, finish or undo what was cut, and refuse what is altered."""

from collections.abc import Collection

from firmware_sim.machine.image.areas import valid_areas
from firmware_sim.machine.image.layout import FORMAT_VERSION
from firmware_sim.machine.image.scan import (
    Committed,
    ImageError,
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
    try:
        valid = valid_areas(geometry, contents)[0]
        generation = valid.superblock.generation
        beginning = known_beginning(valid.octets, generation, known)
        scan = scan_journal(valid.octets, generation, geometry.erased_value, beginning)
    except ImageError as error:
        raise StoreError(error.reason) from error
    journal = Journal(flash, valid.superblock, valid.area, scan.tail, scan.sequence)
    if not is_blank(contents[journal.spare.number], geometry.erased_value):
        journal.erase_spare()
    is_older = valid.superblock.format_version != FORMAT_VERSION
    if scan.flaw or is_older or not valid.intact:
        journal.rewrite(scan.live)
    return journal, scan.live
