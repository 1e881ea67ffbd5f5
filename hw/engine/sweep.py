"""Power cuts beneath the firmware's store by the thousand: hw/native/sweep.h for Python.

What the store does to its flash is recorded once. Each of its steps is then cut on the flash as
it stood before it, and after every cut the firmware powers on. It says which outcomes are
different; what they are worth, the caller judges.
"""

import ctypes
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

from firmware_sim.hw.engine.device import EngineDevice, RawRecord, packed_record
from firmware_sim.hw.engine.errors import EngineError
from firmware_sim.hw.engine.library import EngineLibrary, SweepCut
from firmware_sim.machine.flash.cut import CutPlan, Flavour
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.flash.trace import FlashOperation, OperationKind
from firmware_sim.machine.image.records import RecordKey

SEEN: Final = 0xFFFFFFFF
"""In place of an outcome: an earlier cut left the same flash."""

StoreChanges = Mapping[RecordKey, bytes | None]
"""Body by kind and number of a record; None removes it."""

_REMOVED: Final = 0xFFFF
_ROW: Final = Struct("<BHH")
_CUT: Final = Struct("=II")
_KINDS: Final = (OperationKind.PROGRAM, OperationKind.ERASE)


class SweepLevel(IntEnum):
    """Which steps are cut: those of the recorded work, or of the recovery after a cut of it."""

    WORK = 0
    RECOVERY = 1


class _Kind(IntEnum):
    """enum sweep_flavour of hw/native/cutting.h."""

    BEFORE = 0
    PREFIX = 1
    BITS = 2
    BIT = 3
    ALL_BUT_BIT = 4
    PREPROGRAMMED = 5
    AFTER = 6


_PLAIN: Final = {
    Flavour.BEFORE: _Kind.BEFORE,
    Flavour.TORN_PREFIX: _Kind.PREFIX,
    Flavour.PREPROGRAMMED: _Kind.PREPROGRAMMED,
    Flavour.AFTER: _Kind.AFTER,
}


class PackedCuts(NamedTuple):
    """Cuts of one step as the engine takes them."""

    cuts: bytes
    masks: bytes

    @property
    def size(self) -> int:
        """How many."""
        return len(self.cuts) // _CUT.size

    def at(self, place: int) -> "PackedCuts":
        """One of them; the masks stay where they are."""
        return PackedCuts(self.cuts[place * _CUT.size : (place + 1) * _CUT.size], self.masks)


def packed_cuts(operation: FlashOperation, plans: Iterable[CutPlan]) -> PackedCuts:
    """Plans for one step, in their order."""
    changed, length = operation.changed_bits, len(operation.after)
    cuts, masks = bytearray(), bytearray()
    for plan in plans:
        kind, amount = _packed(plan, changed)
        if kind is _Kind.BITS:
            amount = len(masks)
            masks += (plan.amount % (1 << 8 * length)).to_bytes(length)
        cuts += _CUT.pack(kind, amount)
    return PackedCuts(bytes(cuts), bytes(masks))


def _packed(plan: CutPlan, changed: int) -> tuple[_Kind, int]:
    if plan.flavour is not Flavour.TORN_BITS:
        return _PLAIN[plan.flavour], plan.amount
    if plan.amount.bit_count() == 1:
        return _Kind.BIT, plan.amount.bit_length() - 1
    kept = changed & ~plan.amount
    if kept.bit_count() == 1:
        return _Kind.ALL_BUT_BIT, kept.bit_length() - 1
    return _Kind.BITS, 0


class Outcomes(NamedTuple):
    """What came of cuts, in their order.

    Attributes:
        numbers: equal ones mean the same flash, the same result and the same records; or `SEEN`.
        courses: a number for what the power-on did to the flash, 0 if nothing.
    """

    numbers: Sequence[int]
    courses: Sequence[int]


class _Step(ctypes.Structure):
    _fields_ = (
        ("kind", ctypes.c_uint32),
        ("address", ctypes.c_uint32),
        ("length", ctypes.c_uint32),
        ("before", ctypes.c_void_p),
        ("after", ctypes.c_void_p),
    )


class EngineSweep:
    """A flash of the engine whose work is recorded and cut.

    Raises:
        EngineError: it has no memory, or cannot watch such a flash.
    """

    def __init__(self, library: EngineLibrary, geometry: Geometry) -> None:
        self.geometry = geometry
        self._library = library
        self._device = EngineDevice(library, geometry, is_checked=False)
        self._sweep = library.sweep_open(self._device.handle)
        if not self._sweep:
            self._device.close()
            raise EngineError("the engine cannot watch a flash whose size is no multiple of 256")

    def close(self) -> None:
        """Both are gone."""
        self._library.sweep_close(self._sweep)
        self._device.close()

    def begin(self, image: bytes, programs: bytes) -> int:
        """Put the flash to where the work begins, and power on: an enum store_result.

        Args:
            programs: of each write unit since its erase.
        """
        if len(programs) != self.geometry.size // self.geometry.write_unit:
            raise ValueError(f"{len(programs)} counts of programs for this flash")
        self._device.load(image)
        return int(self._library.sweep_begin(self._sweep, programs))

    @property
    def device(self) -> EngineDevice:
        """The whole device over the same flash, for work that is more than the store's."""
        return self._device

    def restore(self) -> None:
        """Put the flash back to where the work begins; the device is off."""
        self._library.sweep_return(self._sweep)

    def load(self, image: bytes) -> None:
        """Put other contents into the flash for once; counts of programs stay."""
        self._device.load(image)
        self._library.sweep_was_filled(self._sweep)

    def record(self) -> None:
        """What the store does from here on is recorded."""
        self._library.sweep_record(self._sweep)

    def recorded(self) -> list[FlashOperation]:
        """What it did to the flash since then; the flash is then again where the work begins.

        Raises:
            EngineError: there was no memory to record it.
        """
        if not self._library.sweep_recorded(self._sweep):
            raise EngineError("there is no memory for what the engine's store does")
        return self.steps(SweepLevel.WORK)

    def record_provision(
        self, device_type: int, entity: bytes, records: Iterable[RawRecord]
    ) -> list[FlashOperation]:
        """Let the store write a first image, and return what it did."""
        self.record()
        self._device.provision(device_type, entity, records)
        return self.recorded()

    def commit(self, changes: StoreChanges) -> int:
        """One transaction of the store that runs: an enum store_result."""
        rows = b"".join(
            _ROW.pack(kind, number, _REMOVED)
            if body is None
            else packed_record(RawRecord(kind, number, body))
            for (kind, number), body in changes.items()
        )
        return int(self._library.sweep_commit(self._sweep, rows, len(rows)))

    def steps(self, level: SweepLevel) -> list[FlashOperation]:
        """What was recorded."""
        return [self._step(level, number) for number in range(self.count(level))]

    def count(self, level: SweepLevel) -> int:
        """How many steps were recorded so far."""
        return int(self._library.sweep_steps(self._sweep, level))

    def _step(self, level: SweepLevel, number: int) -> FlashOperation:
        step = _Step()
        self._library.sweep_step(self._sweep, level, number, ctypes.byref(step))
        before, after = (
            ctypes.string_at(octets, step.length) for octets in (step.before, step.after)
        )
        return FlashOperation(_KINDS[step.kind], step.address, before, after)

    def cut(
        self, level: SweepLevel, step: int, cuts: PackedCuts, *, only_new: bool = False
    ) -> Outcomes:
        """Make cuts of a step, which is not before the last one that was cut.

        Args:
            only_new: `SEEN` where an earlier cut left the same flash.

        Raises:
            ValueError: a cut is none of that step, or there is no memory.
        """
        count = cuts.size
        outcomes, courses = (ctypes.c_uint32 * count)(), (ctypes.c_uint64 * count)()
        arguments = (cuts.cuts, count, cuts.masks, len(cuts.masks), only_new, outcomes, courses)
        if not self._library.sweep_cut(self._sweep, level, step, *arguments):
            raise ValueError(f"the engine cannot make these {count} cuts of step {step}")
        return Outcomes(outcomes[:], courses[:])

    def cut_again(self, level: SweepLevel, step: int, cut: PackedCuts) -> int:
        """One cut once more; `image` shows what is there: an enum store_result."""
        arguments = (SweepCut.from_buffer_copy(cut.cuts), cut.masks, len(cut.masks))
        return int(self._library.sweep_cut_again(self._sweep, level, step, *arguments))

    def recovery(self, step: int, cut: PackedCuts) -> list[FlashOperation]:
        """Record the recovery after a cut of the work, which can then be cut: its steps.

        There are none if the device refuses to start.
        """
        arguments = (SweepCut.from_buffer_copy(cut.cuts), cut.masks, len(cut.masks))
        self._library.sweep_recovery(self._sweep, step, *arguments)
        return self.steps(SweepLevel.RECOVERY)

    def flip(self, bits: range) -> Sequence[int]:
        """Flip each bit by itself where the work begins, and power on: the outcomes.

        Raises:
            ValueError: a bit is not in the flash.
        """
        outcomes = (ctypes.c_uint32 * len(bits))()
        if not self._library.sweep_flip(self._sweep, bits.start, bits.stop, bits.step, outcomes):
            raise ValueError("the engine cannot flip bits outside its flash")
        return outcomes[:]

    def flip_again(self, bit: int) -> int:
        """One of them once more: an enum store_result."""
        return int(self._library.sweep_flip_again(self._sweep, bit))

    def reopen(self) -> int:
        """Power on once more: an enum store_result."""
        return self._device.reopen()

    def image(self) -> bytes:
        """The whole flash as it is."""
        return self._device.image()

    def digest(self) -> bytes:
        """What the firmware holds live, summed up by itself: 32 octets."""
        return self._device.digest()

    @property
    def mark(self) -> int:
        """A number for what the flash holds, program counts included."""
        return int(self._library.sweep_mark(self._sweep))

    @property
    def operations(self) -> int:
        """Flash operations of the firmware since the last cut."""
        return int(self._library.sweep_operations(self._sweep))

    @property
    def misuses(self) -> int:
        """Those that no part would allow."""
        return int(self._library.sweep_misuses(self._sweep))
