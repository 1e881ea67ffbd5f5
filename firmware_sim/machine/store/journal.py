"""Writing an area: append a transaction, or rewrite everything into the other area.

The order of programs and erases is what makes either of them atomic:

append    entries, then the commit mark: two operations, so that a torn one cannot tear both.
rewrite   erase the other area; live records and a commit mark; superblock; its copy; erase this
          area. The first superblock is the commit point.
"""

from typing import Self
from zlib import crc32

from firmware_sim.machine.flash.geometry import Area
from firmware_sim.machine.image.entries import commit_mark
from firmware_sim.machine.image.layout import (
    COMMIT_OCTETS,
    FORMAT_VERSION,
    JOURNAL_START,
    SUPERBLOCK_OCTETS,
)
from firmware_sim.machine.image.records import Superblock
from firmware_sim.machine.image.superblock import pack_superblock
from firmware_sim.machine.ports import Flash
from firmware_sim.machine.store.errors import StoreError

LiveRecords = dict[tuple[int, int], bytes]
"""(kind, index) to the whole put entry."""


class Journal:
    """The active area of a flash and the place where its next transaction goes.

    Attributes:
        superblock: that of the active area.
        area: the active area.
        tail: offset in the area of the next transaction.
        sequence: number of the next transaction.
        spare_is_erased: whether the other area was erased to the end since power-on. Octets that
            read erased do not show it: an erase that was cut short may leave them so.
    """

    __slots__ = ("area", "flash", "sequence", "spare_is_erased", "superblock", "tail")

    def __init__(
        self, flash: Flash, superblock: Superblock, area: Area, tail: int, sequence: int
    ) -> None:
        self.flash = flash
        self.superblock = superblock
        self.area = area
        self.tail = tail
        self.sequence = sequence
        self.spare_is_erased = False

    @classmethod
    def create(cls, flash: Flash, superblock: Superblock, live: LiveRecords) -> Self:
        """Erase the whole flash, then make area 0 the active one, with these records."""
        first, second = flash.geometry.areas
        journal = cls(flash, superblock, first, 0, 1)
        journal._erase(second)
        journal._erase(first)
        journal.tail = journal._write_area(first, superblock, live)
        journal.spare_is_erased = True
        return journal

    @property
    def spare(self) -> Area:
        """The area that is not active."""
        return self.flash.geometry.areas[1 - self.area.number]

    def has_room(self, octets: int) -> bool:
        """Whether entries of that total length can be appended, with their commit mark."""
        return self.tail + octets + COMMIT_OCTETS <= self.area.size

    def append(self, entries: bytes, count: int) -> None:
        """Add one transaction; there must be room.

        Raises:
            StoreError: the flash does not read back what was programmed.
        """
        start, offset = self.tail, self.tail + len(entries)
        mark = commit_mark(count, self.sequence, crc32(entries), self.superblock.generation, offset)
        self.tail = self.area.size  # should the flash fail, what stands there is in doubt
        self._program(self.area.base + start, entries)
        self._program(self.area.base + offset, mark)
        self.tail = offset + COMMIT_OCTETS
        self.sequence += 1

    def rewrite(self, live: LiveRecords) -> None:
        """Write the live records to the other area, make that the active one, erase this one.

        Raises:
            StoreError: as for `append`; this area is then still the active one.
        """
        old, new = self.area, self.spare
        if not self.spare_is_erased:
            self.erase_spare()
        self.spare_is_erased = False
        superblock = self.superblock._replace(
            generation=self.superblock.generation + 1, format_version=FORMAT_VERSION
        )
        self.tail = self._write_area(new, superblock, live)
        self.superblock, self.area, self.sequence = superblock, new, 1
        self._erase(old)
        self.spare_is_erased = True

    def erase_spare(self) -> None:
        """Erase the area that is not active."""
        self._erase(self.spare)
        self.spare_is_erased = True

    def _write_area(self, area: Area, superblock: Superblock, live: LiveRecords) -> int:
        snapshot = snapshot_octets(live, superblock.generation)
        head = pack_superblock(superblock)
        self._program(area.base + JOURNAL_START, snapshot)
        self._program(area.base, head)
        self._program(area.base + SUPERBLOCK_OCTETS, head)
        return JOURNAL_START + len(snapshot)

    def _program(self, address: int, octets: bytes) -> None:
        self.flash.program(address, octets)
        if self.flash.read(address, len(octets)) != octets:
            raise StoreError(f"the flash did not take {len(octets)} octets at {address}")

    def _erase(self, area: Area) -> None:
        for block in area.blocks:
            self.flash.erase(block)


def snapshot_octets(live: LiveRecords, generation: int) -> bytes:
    """The first transaction of an area: all live records, in order of their keys, and the mark."""
    entries = b"".join([live[key] for key in sorted(live)])
    offset = JOURNAL_START + len(entries)
    return entries + commit_mark(len(live), 0, crc32(entries), generation, offset)


def snapshot_size(live_octets: int) -> int:
    """Octets of an area that hold live records of that total length."""
    return JOURNAL_START + live_octets + COMMIT_OCTETS
