"""The engine's sweep in the words of the reference: geometries, flash operations and cut plans."""

from collections.abc import Iterable, Mapping
from typing import Final

from firmware_sim.hw.engine.library import EngineLibrary
from firmware_sim.hw.engine.parts import PartArea, PartDescription
from firmware_sim.hw.engine.sweep import (
    EngineSweep,
    PackedCuts,
    StoreChange,
    SweepCutKind,
    SweepStep,
    packed,
)
from firmware_sim.machine.flash.cut import CutPlan, Flavour
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.flash.trace import FlashOperation, OperationKind
from firmware_sim.machine.image.records import RecordKey

_PLAIN: Final = {
    Flavour.BEFORE: SweepCutKind.BEFORE,
    Flavour.TORN_PREFIX: SweepCutKind.PREFIX,
    Flavour.PREPROGRAMMED: SweepCutKind.PREPROGRAMMED,
    Flavour.AFTER: SweepCutKind.AFTER,
}


class FlashSweep(EngineSweep):
    """An `EngineSweep` over a flash of the reference's kind."""

    def __init__(self, library: EngineLibrary, geometry: Geometry) -> None:
        super().__init__(library, part_of(geometry))
        self.geometry = geometry

    def change(self, changes: Mapping[RecordKey, bytes | None]) -> int:
        """One transaction of the store that runs; None deletes: an enum store_result."""
        return self.commit(StoreChange(*key, body) for key, body in changes.items())

    def recorded_work(self) -> list[FlashOperation]:
        """As of `recorded`."""
        return list(map(_operation, self.recorded()))

    def recovery_after(self, step: int, cut: PackedCuts) -> list[FlashOperation]:
        """As of `recovery`."""
        return list(map(_operation, self.recovery(step, cut)))


def part_of(geometry: Geometry) -> PartDescription:
    """The geometry for the engine."""
    first, second = (
        PartArea(area.base, area.size, area.blocks.start, len(area.blocks))
        for area in geometry.areas
    )
    return PartDescription(
        geometry.block_sizes,
        (first, second),
        geometry.write_unit,
        geometry.programs_per_unit,
        geometry.erased_value,
    )


def packed_cuts(operation: FlashOperation, plans: Iterable[CutPlan]) -> PackedCuts:
    """Plans for one flash operation, in their order."""
    changed, length = operation.changed_bits, len(operation.after)
    return packed(_cut(plan, changed, length) for plan in plans)


def _cut(plan: CutPlan, changed: int, length: int) -> tuple[SweepCutKind, int | bytes]:
    """A single bit is told by its number: masks as long as an operation are many octets."""
    if plan.flavour is not Flavour.TORN_BITS:
        return _PLAIN[plan.flavour], plan.amount
    if plan.amount.bit_count() == 1:
        return SweepCutKind.BIT, plan.amount.bit_length() - 1
    kept = changed & ~plan.amount
    if kept.bit_count() == 1:
        return SweepCutKind.ALL_BUT_BIT, kept.bit_length() - 1
    return SweepCutKind.BITS, (plan.amount % (1 << 8 * length)).to_bytes(length)


def _operation(step: SweepStep) -> FlashOperation:
    kind = OperationKind.ERASE if step.is_erase else OperationKind.PROGRAM
    return FlashOperation(kind, step.address, step.before, step.after)
