"""After a cut: which of the two states does the device come back to, and is it well?"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from firmware_sim.bench.experiments.sweep.case import SweepCase, fingerprint
from firmware_sim.bench.experiments.sweep.filling import commit
from firmware_sim.machine.flash.nor import FlashError, NorFlash
from firmware_sim.machine.image.areas import contents_of, valid_areas
from firmware_sim.machine.image.codec import decode, encode, unpack_own_counters
from firmware_sim.machine.image.entries import put_entry
from firmware_sim.machine.image.layout import ENTRY_HEADER_OCTETS
from firmware_sim.machine.image.records import (
    OWN_COUNTERS_KEY,
    SECRET_KINDS,
    DeviceIdentity,
    DeviceKey,
    RecordKey,
    RecordKind,
)
from firmware_sim.machine.image.scan import Committed, ImageError, is_blank, scan_journal
from firmware_sim.machine.store import Store, StoreError, recovery

Live = Mapping[tuple[int, int], bytes]


class SweepCheck(StrEnum):
    """The names of what a sweep looks at; a violation names one."""

    STARTS = "the device starts"
    OUTCOME = "before or after, whole"
    SPARE = "the other area is erased"
    SECRETS = "no secret of the other state is left"
    STABLE = "a second power-on changes nothing"
    WORKS = "the store works on"
    RECOVERY = "a cut recovery comes to the same state"
    ROT = "a flipped bit is repaired or refused"
    ONE = "one command, one transaction"
    SILENCE = "nothing is sent before it is durable"
    AGAIN = "the message is obeyed again exactly if it was not before"
    OLD_KEY = "a replaced key works exactly if it is not replaced"


class Violation(NamedTuple):
    """What is wrong, by the check that found it."""

    check: str
    text: str


class AfterCut(NamedTuple):
    """Which of the case's states came back, None for none of them; and what is wrong."""

    state: int | None
    violation: Violation | None


class Judge:
    """Judges flashes of one case; one that it has judged before it recognises."""

    def __init__(self, case: SweepCase) -> None:
        self._case = case
        self._known: dict[tuple[int, int], Violation | None] = {}
        self._secrets = [_secrets(live) for live in case.live]
        self._beginnings = _beginnings(case)

    def recovered(self, flash: NorFlash, transaction: int) -> "AfterCut":
        """Power on after a cut in a transaction, and say what came of it."""
        try:
            live: Live | None = recovery.recover(flash, self._beginnings)[1]
        except (StoreError, FlashError) as error:
            if self._case.live[transaction] is not None:
                return AfterCut(None, Violation(SweepCheck.STARTS, error.reason))
            live = None  # never provisioned, and still not
        return self._outcome(flash, live, transaction)

    def _outcome(self, flash: NorFlash, live: Live | None, transaction: int) -> "AfterCut":
        expected = self._case.live
        for found in (transaction + 1, transaction):
            if live == expected[found]:
                return AfterCut(found, self._well_or_known(flash, live, found))
        return AfterCut(
            None, Violation(SweepCheck.OUTCOME, _difference(live, expected[transaction]))
        )

    def _well_or_known(self, flash: NorFlash, live: Live | None, found: int) -> Violation | None:
        if live is None:
            return None
        snapshot = flash.snapshot()
        key = (fingerprint(snapshot), found)
        if key not in self._known:
            self._known[key] = self._well(flash, live, found)
            flash.restore(snapshot)
        return self._known[key]

    def _well(self, flash: NorFlash, live: Live, found: int) -> Violation | None:
        geometry, image = flash.geometry, flash.image()
        areas = [image[area.base : area.base + area.size] for area in geometry.areas]
        if not any(is_blank(area, geometry.erased_value) for area in areas):
            return Violation(SweepCheck.SPARE, "neither area reads erased after power-on")
        for secret in set().union(*self._secrets) - self._secrets[found]:
            if secret in image:
                return Violation(
                    SweepCheck.SECRETS, "32 octets of a key or seed that is not in use"
                )
        operations = flash.operations
        try:
            if recovery.recover(flash)[1] != live or flash.operations != operations:
                return Violation(SweepCheck.STABLE, "the second power-on found more to do")
            return _works_on(flash, live)
        except (StoreError, FlashError) as error:
            return Violation(SweepCheck.WORKS, error.reason)


def _beginnings(case: SweepCase) -> tuple[Committed, ...]:
    """The journals that the trigger finds and makes, whole: most cuts leave them as they are."""
    flash, found = case.flash, dict[bytes, Committed]()
    geometry = flash.geometry
    for step in case.steps:
        flash.restore(step.before)
        try:
            areas = valid_areas(geometry, contents_of(flash.image(), geometry))
            for area in areas:
                generation = area.superblock.generation
                scan = scan_journal(area.octets, generation, geometry.erased_value)
                octets = area.octets[: scan.tail]
                found[octets] = Committed(octets, generation, scan.live, scan.sequence)
        except ImageError:
            continue  # not provisioned yet, or what the trigger has torn: read it every time
    return tuple(found.values())


def _works_on(flash: NorFlash, live: Live) -> Violation | None:
    """One more commit, then a compaction, then a power-on."""
    own = unpack_own_counters(0, live[OWN_COUNTERS_KEY][ENTRY_HEADER_OCTETS:])
    changed = dict([encode(own._replace(boots=own.boots + 1))])
    commit(Store.open(flash), changed)
    journal, found = recovery.recover(flash)
    wanted = {**live, OWN_COUNTERS_KEY: put_entry(OWN_COUNTERS_KEY, changed[OWN_COUNTERS_KEY])}
    if found != wanted:
        return Violation(SweepCheck.WORKS, "a later commit did not last")
    journal.rewrite(found)
    if recovery.recover(flash)[1] != wanted:
        return Violation(SweepCheck.WORKS, "a later compaction did not last")
    return None


def _secrets(live: Live | None) -> frozenset[bytes]:
    """The private scalars and the seed of a state, 32 octets each."""
    found = set()
    for key, entry in (live or {}).items():
        if key[0] in SECRET_KINDS:
            record = decode(RecordKey(RecordKind(key[0]), key[1]), entry[ENTRY_HEADER_OCTETS:])
            if isinstance(record, DeviceKey):
                found.add(record.private_key)
            elif isinstance(record, DeviceIdentity):
                found.add(record.seed)
    return frozenset(found)


def _difference(live: Live | None, before: Live | None) -> str:
    """Which records are neither as before nor as after."""
    if live is None or before is None:
        return "a state that is neither"
    keys = sorted(key for key in live.keys() | before.keys() if live.get(key) != before.get(key))
    names = ", ".join(f"{RecordKind(kind).name.lower()} {number:x}" for kind, number in keys[:6])
    return f"a mixture: {names} differ from the state before, and not all of the change is there"
