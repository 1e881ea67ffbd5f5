"""Power cuts beneath the firmware's store by the thousand: hw/native/sweep.h for Python.

What the store does to its flash is recorded once. Each of its steps is then cut on the flash as
it stood before it, and after every cut the firmware powers on. It says which outcomes are
different; what they are worth, the caller judges.
"""

import ctypes
from collections.abc import Iterable, Sequence
from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

from firmware_sim.hw.engine.device import EngineDevice, RawRecord
from firmware_sim.hw.engine.errors import EngineError
from firmware_sim.hw.engine.library import EngineLibrary, SweepCut
from firmware_sim.hw.engine.parts import PartDescription

SEEN: Final = 0xFFFFFFFF
"""In place of an outcome: an earlier cut left the same flash."""

_ERASE: Final = 1  # STEP_ERASE of hw/native/trace.h
_REMOVED: Final = 0xFFFF
_ROW: Final = Struct("<BHH")
_CUT: Final = Struct("=II")


class StoreChange(NamedTuple):
    """A record that a transaction writes; without a body it is removed."""

    kind: int
    number: int
    body: bytes | None


class SweepLevel(IntEnum):
    """Which steps are cut: those of the recorded work, or of the recovery after a cut of it."""

    WORK = 0
    RECOVERY = 1


class SweepStep(NamedTuple):
    """Words programmed in a row, or one block erased."""

    is_erase: bool
    address: int
    before: bytes
    after: bytes


class SweepCutKind(IntEnum):
    """enum sweep_flavour of hw/native/cutting.h, which says what each leaves."""

    BEFORE = 0
    PREFIX = 1
    BITS = 2
    BIT = 3
    ALL_BUT_BIT = 4
    PREPROGRAMMED = 5
    AFTER = 6


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


def packed(cuts: Iterable[tuple[SweepCutKind, int | bytes]]) -> PackedCuts:
    """Cuts by kind and amount; that of torn bits is a mask as long as the step."""
    rows, masks = bytearray(), bytearray()
    for kind, amount in cuts:
        if isinstance(amount, bytes):
            rows += _CUT.pack(kind, len(masks))
            masks += amount
        else:
            rows += _CUT.pack(kind, amount)
    return PackedCuts(bytes(rows), bytes(masks))


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


def _row(change: StoreChange) -> bytes:
    kind, number, body = change
    if body is None:
        return _ROW.pack(kind, number, _REMOVED)
    return RawRecord(kind, number, body).packed()


class EngineSweep:
    """A flash of the engine whose work is recorded and cut.

    Raises:
        EngineError: it has no memory, or cannot watch such a flash.
    """

    def __init__(self, library: EngineLibrary, part: PartDescription) -> None:
        self._library = library
        self._units = part.size // part.write_unit
        self._device = EngineDevice(library, part, is_checked=False)
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
        if len(programs) != self._units:
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

    def recorded(self) -> list[SweepStep]:
        """What it did to the flash since then; the flash is then again where the work begins.

        Raises:
            EngineError: there was no memory to record it.
        """
        if not self._library.sweep_recorded(self._sweep):
            raise EngineError("there is no memory for what the engine's store does")
        return self.steps(SweepLevel.WORK)

    def commit(self, changes: Iterable[StoreChange]) -> int:
        """One transaction of the store that runs: an enum store_result."""
        rows = b"".join(map(_row, changes))
        return int(self._library.sweep_commit(self._sweep, rows, len(rows)))

    def steps(self, level: SweepLevel) -> list[SweepStep]:
        """What was recorded."""
        return [self._step(level, number) for number in range(self.count(level))]

    def count(self, level: SweepLevel) -> int:
        """How many steps were recorded so far."""
        return int(self._library.sweep_steps(self._sweep, level))

    def _step(self, level: SweepLevel, number: int) -> SweepStep:
        step = _Step()
        self._library.sweep_step(self._sweep, level, number, ctypes.byref(step))
        before, after = (
            ctypes.string_at(octets, step.length) for octets in (step.before, step.after)
        )
        return SweepStep(step.kind == _ERASE, step.address, before, after)

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

    def recovery(self, step: int, cut: PackedCuts) -> list[SweepStep]:
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
