"""Can the sweeps fail? Each bug planted in the store must be found, and by the check named."""

from collections.abc import Callable
from zlib import crc32

import pytest

from firmware_sim.machine.flash.geometry import Area
from firmware_sim.machine.image import areas, scan
from firmware_sim.machine.image.entries import commit_mark
from firmware_sim.machine.image.records import Superblock
from firmware_sim.machine.image.scan import scan_journal
from firmware_sim.machine.image.superblock import pack_superblock
from firmware_sim.machine.store import journal, recovery
from firmware_sim.machine.store.journal import Journal, LiveRecords, snapshot_octets
from firmware_sim.machine.store.store import Store
from tests.machine.store.corrupting import altered_states
from tests.machine.store.starting_stores import LATER, NEW_CELLS, NEW_KEY, starting_store
from tests.machine.store.sweeping import sweep

Plant = Callable[[pytest.MonkeyPatch], None]


def cut_faults(*, key: bool = False) -> list[str]:
    """What the single-cut sweep finds, on a commit by append and on one by compaction."""
    faults: list[str] = []
    for full in (False, True):
        changes = NEW_KEY if key else NEW_CELLS
        place = starting_store(changes, full=full)
        secrets = (bytes([0x11]) * 32, bytes([0x61]) * 32) if key else None
        verdict = sweep(
            place.flash, changes, place.outcomes, LATER, step=16, bits=False, secrets=secrets
        )
        faults += verdict.faults
    return faults


def corruption_faults() -> list[str]:
    return altered_states(step=3)


def no_commit_mark(patch: pytest.MonkeyPatch) -> None:
    """Entries count as soon as they are complete, with or without a commit mark."""
    patch.setattr(scan, "_distance_from_commit", lambda *_: 0)


def mark_with_the_entries(patch: pytest.MonkeyPatch) -> None:
    """Entries and mark in one operation: both can be torn by one cut."""

    def append(self: Journal, entries: bytes, count: int) -> None:
        offset = self.tail + len(entries)
        generation = self.superblock.generation
        mark = commit_mark(count, self.sequence, crc32(entries), generation, offset)
        self._program(self.area.base + self.tail, entries + mark)
        self.tail, self.sequence = offset + len(mark), self.sequence + 1

    patch.setattr(Journal, "append", append)


def crc_over_the_header(patch: pytest.MonkeyPatch) -> None:
    """The transaction's CRC covers the first entry's header only."""
    for module in (scan, journal):
        patch.setattr(module, "crc32", lambda octets: crc32(bytes(octets)[:8]))


def mark_must_be_perfect(patch: pytest.MonkeyPatch) -> None:
    """A decayed bit in the last commit mark silently takes back what was committed."""
    patch.setattr(scan, "_MAX_FLIPPED_BITS", 0)


def corruption_is_an_interruption(patch: pytest.MonkeyPatch) -> None:
    """A decayed record is taken for a torn one, and the state before it comes back."""
    patch.setattr(scan, "_refuse_corruption", lambda *_: None)


def erase_before_copy(patch: pytest.MonkeyPatch) -> None:
    """Compaction erases the old area before the new one is complete."""

    def rewrite(self: Journal, live: LiveRecords) -> None:
        old, new = self.area, self.spare
        self.erase_spare()
        self._erase(old)
        superblock = self.superblock._replace(generation=self.superblock.generation + 1)
        self.tail = self._write_area(new, superblock, live)
        self.superblock, self.area, self.sequence = superblock, new, 1
        self.spare_is_erased = True

    patch.setattr(Journal, "rewrite", rewrite)


def superblock_first(patch: pytest.MonkeyPatch) -> None:
    """The new area is declared valid before its records are there."""

    def write_area(self: Journal, area: Area, superblock: Superblock, live: LiveRecords) -> int:
        octets = pack_superblock(superblock)
        snapshot = snapshot_octets(live, superblock.generation)
        self._program(area.base, octets)
        self._program(area.base + len(octets), octets)
        self._program(area.base + 2 * len(octets), snapshot)
        return 2 * len(octets) + len(snapshot)

    patch.setattr(Journal, "_write_area", write_area)


def stale_area(patch: pytest.MonkeyPatch) -> None:
    """Of two valid areas the older is chosen."""
    patch.setattr(areas, "_generation", lambda valid: -valid.superblock.generation)


def spare_left_as_it_is(patch: pytest.MonkeyPatch) -> None:
    """Power-on leaves what a cut compaction left in the other area."""
    patch.setattr(recovery, "is_blank", lambda *_: True)


def torn_tail_trusted(patch: pytest.MonkeyPatch) -> None:
    """Power-on goes on appending behind a torn transaction."""

    def trusting(
        area: bytes, generation: int, erased_value: int, known: scan.Committed | None = None
    ) -> scan.JournalScan:
        return scan_journal(area, generation, erased_value, known)._replace(flaw="")

    patch.setattr(recovery, "scan_journal", trusting)


def reads_blank_is_blank(patch: pytest.MonkeyPatch) -> None:
    """An area that reads erased is programmed without having been erased to the end."""
    create = Journal.__init__

    def believing(self: Journal, *arguments: object) -> None:
        create(self, *arguments)  # type: ignore[arg-type]
        self.spare_is_erased = True

    patch.setattr(Journal, "__init__", believing)


def secret_not_wiped(patch: pytest.MonkeyPatch) -> None:
    """A superseded private key stays behind in the journal."""
    patch.setattr(Store, "_retires_secret", lambda *_: False)


BY_CUTS = [
    mark_with_the_entries,
    erase_before_copy,
    superblock_first,
    stale_area,
    spare_left_as_it_is,
    torn_tail_trusted,
    reads_blank_is_blank,
]
BY_CORRUPTION = [
    no_commit_mark,
    crc_over_the_header,
    mark_must_be_perfect,
    corruption_is_an_interruption,
]


@pytest.mark.parametrize("plant", [*BY_CUTS, no_commit_mark], ids=lambda plant: plant.__name__)
def test_cut_sweep_finds_the_planted_bug(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert cut_faults()


@pytest.mark.parametrize("plant", BY_CORRUPTION, ids=lambda plant: plant.__name__)
def test_corruption_sweep_finds_the_planted_bug(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    assert corruption_faults()


def test_the_search_for_secrets_finds_one_not_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    secret_not_wiped(monkeypatch)
    assert any("secret" in fault for fault in cut_faults(key=True))


def test_sweeps_without_a_planted_bug_find_nothing() -> None:
    assert cut_faults() == []
    assert cut_faults(key=True) == []
    assert corruption_faults() == []
