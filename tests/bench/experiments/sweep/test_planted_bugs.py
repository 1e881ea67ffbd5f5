"""Can the sweep fail? Each planted bug is found, and by the check that is named beside it."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest

from firmware_sim.bench.experiments.sweep.judging import SweepCheck
from firmware_sim.bench.experiments.sweep.plans import CLOSE, WIDE
from firmware_sim.gbcs.payloads.update_credentials import ExecutionOutcome
from firmware_sim.machine import state as device_state
from firmware_sim.machine.credentials import replace
from firmware_sim.machine.image import superblock
from firmware_sim.machine.image.records import Counters, RecordKey, RecordKind
from firmware_sim.machine.image.scan import Committed
from firmware_sim.machine.image.superblock import pack_superblock
from firmware_sim.machine.ports import Flash
from firmware_sim.machine.state import Changes
from firmware_sim.machine.store import StoreError, recovery
from firmware_sim.machine.store.journal import Journal, LiveRecords, snapshot_octets
from tests.bench.experiments.sweep.finding import NEW_KEY, UPDATE, checks, results
from tests.machine.store.test_planted_bugs import (
    crc_over_the_header,
    erase_before_copy,
    mark_with_the_entries,
    no_commit_mark,
    reads_blank_is_blank,
    secret_not_wiped,
    spare_left_as_it_is,
    stale_area,
    superblock_first,
    torn_tail_trusted,
)

Plant = Callable[[pytest.MonkeyPatch], None]
COMMIT = Changes.commit


def _in_two_commits(patch: pytest.MonkeyPatch, kind: RecordKind, *, first: bool) -> None:
    """Records of one kind are committed by themselves, before or after the others."""

    def commit(self: Changes) -> None:
        put: dict[RecordKey, Any] = self._put
        apart = Changes(self._state)
        apart._put = {key: put.pop(key) for key in list(put) if key.kind is kind}
        apart._entries = {key: self._entries.pop(key) for key in apart._put}
        for part in (apart, self) if first else (self, apart):
            COMMIT(part)

    patch.setattr(device_state.Changes, "commit", commit)


def counter_outside_the_commit(patch: pytest.MonkeyPatch) -> None:
    """The counter is stored first, by itself (MCUboot #2282)."""
    _in_two_commits(patch, RecordKind.COUNTERS, first=True)


def log_entry_lost(patch: pytest.MonkeyPatch) -> None:
    """The log entry is stored after what it is about: a cut between loses it."""
    _in_two_commits(patch, RecordKind.LOG_EVENT, first=False)


def wipe_before_commit(patch: pytest.MonkeyPatch) -> None:
    """Compaction erases the old area before the superblock makes the new one valid."""

    def rewrite(self: Journal, live: LiveRecords) -> None:
        old, new = self.area, self.spare
        self.erase_spare()
        head = self.superblock._replace(generation=self.superblock.generation + 1)
        octets, records = pack_superblock(head), snapshot_octets(live, head.generation)
        self._program(new.base + 2 * len(octets), records)
        self._erase(old)
        self._program(new.base, octets)
        self._program(new.base + len(octets), octets)
        self.tail, self.sequence = 2 * len(octets) + len(records), 1
        self.superblock, self.area, self.spare_is_erased = head, new, True

    patch.setattr(Journal, "rewrite", rewrite)


def naive_floor(patch: pytest.MonkeyPatch) -> None:
    """A floor is obeyed although the key stays: every captured command runs again."""

    def changed(_: object, outcome: ExecutionOutcome, *__: object) -> Iterator[Any]:
        yield from (Counters(change.role, change.floor) for change in outcome.changes)

    patch.setattr(replace, "changed_counters", changed)


def resume_that_copies_twice(patch: pytest.MonkeyPatch) -> None:
    """A compaction that was cut is taken up again over what it left."""
    patch.setattr(Journal, "erase_spare", lambda _: None)


def torn_header_trusted(patch: pytest.MonkeyPatch) -> None:
    """A superblock counts even if its checksum is wrong."""
    patch.setattr(superblock, "crc32", lambda _: _Crc())


class _Crc(int):
    def to_bytes(self, *_: object, **__: object) -> bytes:
        return _EqualsAll(4)


class _EqualsAll(bytes):
    def __ne__(self, _: object) -> bool:
        return False


def retry_limit(patch: pytest.MonkeyPatch) -> None:
    """A device that finds both areas in disorder thinks it has tried often enough."""
    recover = recovery.recover

    def limited(flash: Flash, known: Collection[Committed] = ()) -> tuple[Journal, LiveRecords]:
        erased = bytes((flash.geometry.erased_value,))
        first, second = (flash.read(area.base, area.size) for area in flash.geometry.areas)
        disorder = [area.rstrip(erased)[-16:-15] != b"\xc3" for area in (first, second)]
        if all(area.strip(erased) for area in (first, second)) and any(disorder):
            raise StoreError("recovery was tried too often")
        return recover(flash, known)

    patch.setattr(recovery, "recover", limited)


FOUND_BY: list[tuple[Plant, str, str]] = [
    (no_commit_mark, UPDATE, SweepCheck.OUTCOME),
    (mark_with_the_entries, UPDATE, SweepCheck.STARTS),
    (counter_outside_the_commit, UPDATE, SweepCheck.ONE),
    (wipe_before_commit, UPDATE, SweepCheck.STARTS),
    (crc_over_the_header, "gsme/boot", SweepCheck.ROT),
    (erase_before_copy, UPDATE, SweepCheck.STARTS),
    (naive_floor, "gsme/update/rootBySupplier", SweepCheck.AGAIN),
    (resume_that_copies_twice, UPDATE, SweepCheck.STARTS),
    (torn_header_trusted, UPDATE, SweepCheck.STARTS),
    (retry_limit, UPDATE, SweepCheck.STARTS),
    (stale_area, UPDATE, SweepCheck.STARTS),
    (log_entry_lost, UPDATE, SweepCheck.ONE),
    (secret_not_wiped, NEW_KEY, SweepCheck.SECRETS),
    (superblock_first, UPDATE, SweepCheck.STARTS),
    (spare_left_as_it_is, UPDATE, SweepCheck.SPARE),
    (torn_tail_trusted, UPDATE, SweepCheck.WORKS),
    (reads_blank_is_blank, UPDATE, SweepCheck.WORKS),
]


@pytest.mark.parametrize(
    ("plant", "operation", "check"), FOUND_BY, ids=[plant.__name__ for plant, *_ in FOUND_BY]
)
def test_planted_bug_is_found_by_the_check_named_for_it(
    plant: Plant, operation: str, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    density = CLOSE if plant is torn_header_trusted else WIDE  # it shows in single bits only
    assert check in checks(results(operation, density=density, rot=check == SweepCheck.ROT))


@pytest.mark.parametrize("operation", sorted({operation for _, operation, _ in FOUND_BY}))
def test_sweep_without_a_planted_bug_finds_nothing(operation: str) -> None:
    assert checks(results(operation, rot=operation.endswith("/boot"))) == set()


def test_at_least_twelve_bugs_are_planted() -> None:
    assert len({plant for plant, *_ in FOUND_BY}) >= 12
