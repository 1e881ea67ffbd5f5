"""An operation on a certain flash, its flash operations one by one, and cuts of each of them.

The transactions of a recorded operation are committed once, on a store over the flash in
question, and every program and erase is kept with a snapshot of the flash just before it. A cut
then needs no commit: it repeats that one flash operation, on that snapshot, under a plan. This
is the same thing, because a store hears nothing of a cut that it could act on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from firmware_sim.bench.experiments.sweep.filling import commit, fill
from firmware_sim.bench.experiments.sweep.recording import Recorded
from firmware_sim.machine.flash.cut import CutPlan, PowerCut
from firmware_sim.machine.flash.geometry import NAMED, Geometry
from firmware_sim.machine.flash.nor import FlashSnapshot, NorFlash
from firmware_sim.machine.flash.trace import FlashOperation, OperationKind
from firmware_sim.machine.image.entries import put_entry
from firmware_sim.machine.store import InsufficientSpace, Store, StoreError, recovery


class Room(StrEnum):
    """How full the journal is before the trigger."""

    ROOMY = "roomy"
    """The transaction is appended."""
    FULL = "full"
    """The transaction does not fit behind what is there: the commit compacts."""


class FlashPart(NamedTuple):
    """A geometry with a name that a replay token can carry.

    Attributes:
        write_unit, erased_value: those of the geometry, or others put in their place.
    """

    name: str
    write_unit: int
    erased_value: int

    @classmethod
    def native(cls, name: str) -> "FlashPart":
        """A named geometry as it is; KeyError if there is none."""
        return cls(name, NAMED[name].write_unit, NAMED[name].erased_value)

    @property
    def geometry(self) -> Geometry:
        """The geometry; a wide unit has an error-correcting code, and is programmed once."""
        named = NAMED[self.name]
        if (self.write_unit, self.erased_value) == (named.write_unit, named.erased_value):
            return named
        programs = 1 if self.write_unit > named.write_unit else named.programs_per_unit
        return replace(
            named,
            write_unit=self.write_unit,
            erased_value=self.erased_value,
            programs_per_unit=programs,
        )

    def __str__(self) -> str:
        return f"{self.name}:{self.write_unit}:{self.erased_value:02x}"


class FlashStep(NamedTuple):
    """One program or erase of the trigger.

    Attributes:
        before: the flash as it was.
        transaction: which of the recorded transactions it belongs to, from 0.
    """

    before: FlashSnapshot
    operation: FlashOperation
    transaction: int


@dataclass(frozen=True)
class SweepCase:
    """One operation on one part.

    Attributes:
        flash: scratch; its user restores a snapshot first.
        start: the flash just before the trigger.
        steps: the flash operations of the trigger.
    """

    recorded: Recorded
    part: FlashPart
    room: Room
    flash: NorFlash
    start: FlashSnapshot
    steps: tuple[FlashStep, ...]

    @property
    def name(self) -> str:
        """As a replay token names it."""
        return f"{self.recorded.operation.name}@{self.part}:{self.room}"

    @cached_property
    def live(self) -> tuple[Mapping[tuple[int, int], bytes] | None, ...]:
        """The recorded states as the store keeps them in RAM: whole entries by key."""
        return tuple(
            None if state is None else {key: put_entry(key, body) for key, body in state.items()}
            for state in self.recorded.states
        )


class DoesNotFit(Exception):
    """A device on that flash has no room for the operation, and answers so."""


def prepare_case(recorded: Recorded, part: FlashPart, room: Room) -> SweepCase:
    """Bring a flash of that part to the moment before the trigger, and watch the trigger.

    Raises:
        DoesNotFit: the states of the operation are larger than an area.
    """
    flash = NorFlash(part.geometry)
    start = flash.snapshot()
    try:
        if recorded.states[0] is not None:
            store = Store.format(flash, recorded.superblock, recorded.states[0].items())
            if room is Room.FULL:
                fill(store, recorded.states[0], recorded.transactions[0])
            start = flash.snapshot()
        steps = _watched(flash, recorded)
    except InsufficientSpace as error:
        raise DoesNotFit(str(error)) from error
    return SweepCase(recorded, part, room, flash, start, steps)


def rooms(recorded: Recorded) -> tuple[Room, ...]:
    """The rooms that make a difference to an operation."""
    return tuple(Room) if recorded.transactions else (Room.ROOMY,)


def _watched(flash: NorFlash, recorded: Recorded) -> tuple[FlashStep, ...]:
    snapshots, owners = [flash.snapshot()], []
    trace: list[FlashOperation] = []
    flash.trace = trace
    flash.observer = lambda *_: snapshots.append(flash.snapshot())
    if recorded.states[0] is None:
        Store.format(flash, recorded.superblock, (recorded.states[1] or {}).items())
        owners = [0] * len(trace)
    else:
        store = Store.open(flash)
        for number, changes in enumerate(recorded.transactions):
            commit(store, changes)
            owners += [number] * (len(trace) - len(owners))
    flash.trace = flash.observer = None
    return tuple(map(FlashStep, snapshots, trace, owners))


def cut(flash: NorFlash, before: FlashSnapshot, operation: FlashOperation, plan: CutPlan) -> None:
    """Leave the flash as that operation leaves it when the plan cuts it; power is on again.

    Raises:
        AssertionError: the cut did not come.
    """
    flash.restore(before, plan._replace(operation=0))
    try:
        if operation.kind is OperationKind.PROGRAM:
            flash.program(operation.address, operation.after)
        else:
            flash.erase(flash.geometry.block_starts.index(operation.address))
    except PowerCut:
        flash.power_on()
        return
    raise AssertionError(f"{plan}: the cut did not come")


def watched_recovery(
    flash: NorFlash, start: FlashSnapshot
) -> list[tuple[FlashSnapshot, FlashOperation]]:
    """What a power-on does to a flash: each operation, with the flash just before it."""
    flash.restore(start)
    trace: list[FlashOperation] = []
    snapshots = [start]
    flash.trace, flash.observer = trace, lambda *_: snapshots.append(flash.snapshot())
    try:
        recovery.recover(flash)
    except StoreError:
        trace.clear()  # it refuses to start, and has changed nothing
    finally:
        flash.trace = flash.observer = None
    return list(zip(snapshots, trace, strict=False))


def fingerprint(snapshot: FlashSnapshot) -> int:
    """A number that tells contents and program counts of flashes of one geometry apart."""
    return hash((snapshot.pages, snapshot.programmed))
