"""After a cut: which of the two states does the device come back to, and is it well?"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from firmware_sim.bench.experiments.sweep.case import SweepCase, fingerprint
from firmware_sim.bench.experiments.sweep.filling import commit
from firmware_sim.machine.flash.geometry import Geometry
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
    SAME = "firmware and reference do the same to the flash"
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
        self._secrets = Secrets(case)
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
        found = state_of(self._case, live, transaction)
        if found.state is None:
            return found
        return AfterCut(found.state, self._well_or_known(flash, live, found.state))

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
        left = self._secrets.left_behind(flash.image(), flash.geometry, found)
        if left is not None:
            return left
        operations = flash.operations
        try:
            if recovery.recover(flash)[1] != live or flash.operations != operations:
                return Violation(SweepCheck.STABLE, "the second power-on found more to do")
            return _works_on(flash, live)
        except (StoreError, FlashError) as error:
            return Violation(SweepCheck.WORKS, error.reason)


class Secrets:
    """What of a case's states must not stand in the flash when another of them came back."""

    def __init__(self, case: SweepCase) -> None:
        self._of_states = [_secrets(live) for live in case.live]

    def left_behind(self, image: bytes, geometry: Geometry, found: int) -> Violation | None:
        """An area that is not erased, or a secret of another state."""
        areas = contents_of(image, geometry)
        if not any(is_blank(area, geometry.erased_value) for area in areas):
            return Violation(SweepCheck.SPARE, "neither area reads erased after power-on")
        for secret in frozenset[bytes]().union(*self._of_states) - self._of_states[found]:
            if secret in image:
                return Violation(
                    SweepCheck.SECRETS, "32 octets of a key or seed that is not in use"
                )
        return None


def state_of(case: SweepCase, live: Live | None, transaction: int) -> AfterCut:
    """Which state the live records are: before or after the transaction, or neither."""
    for found in (transaction + 1, transaction):
        if live == case.live[found]:
            return AfterCut(found, None)
    text = _difference(live, case.live[transaction])
    return AfterCut(None, Violation(SweepCheck.OUTCOME, text))


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
    changed = one_more_boot(live)
    commit(Store.open(flash), changed)
    journal, found = recovery.recover(flash)
    wanted = {**live, OWN_COUNTERS_KEY: put_entry(OWN_COUNTERS_KEY, changed[OWN_COUNTERS_KEY])}
    if found != wanted:
        return Violation(SweepCheck.WORKS, "a later commit did not last")
    journal.rewrite(found)
    if recovery.recover(flash)[1] != wanted:
        return Violation(SweepCheck.WORKS, "a later compaction did not last")
    return None


def one_more_boot(live: Live) -> dict[RecordKey, bytes]:
    """A small change to any state: body by key."""
    own = unpack_own_counters(0, live[OWN_COUNTERS_KEY][ENTRY_HEADER_OCTETS:])
    return dict([encode(own._replace(boots=own.boots + 1))])


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
