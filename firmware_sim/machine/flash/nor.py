"""A flash memory that enforces its own rules, counts, and can lose power in mid-operation."""

from collections.abc import Callable
from math import gcd
from typing import NamedTuple, Self

from firmware_sim.machine.flash.cut import CutPlan, PowerCut, Torn, tear
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.flash.pages import Pages
from firmware_sim.machine.flash.trace import FlashOperation, OperationKind

_PAGE_OCTETS = 1024
_NOT_ZERO = bytes((0, *(1,) * 255))

Observer = Callable[[int, bytes], None]
"""Called after each change with its address and the octets that now stand there."""


class FlashError(Exception):
    """A caller broke a rule of the part; on real flash the contents would now be wrong."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class FlashSnapshot(NamedTuple):
    """Contents and counts at one moment; opaque, and cheap to keep."""

    pages: tuple[bytes, ...]
    programmed: tuple[bytes, ...]
    wear: tuple[int, ...]


class NorFlash:
    """Strict NOR flash over a `Geometry`.

    A program moves bits only away from the erased value, starts and ends on a write unit, and
    touches no unit more often than the part allows; only an erase of the whole block undoes it.

    Attributes:
        wear: erases of each block so far.
        programs, erases: operations so far.
        trace: set it to a list to have every operation recorded.
        observer: called with every change, also a torn one, so a host can mirror the contents.
        plan: the cut to come, if any; its operation number counts programs and erases together.
    """

    __slots__ = (
        "_blank",
        "_counts",
        "_octets",
        "_powered",
        "erases",
        "geometry",
        "observer",
        "plan",
        "programs",
        "trace",
        "wear",
    )

    def __init__(
        self,
        geometry: Geometry,
        *,
        plan: CutPlan | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.geometry = geometry
        self.plan = plan
        self.observer = observer
        self.trace: list[FlashOperation] | None = None
        self.programs = 0
        self.erases = 0
        self.wear = [0] * len(geometry.block_sizes)
        self._powered = True
        self._blank = bytes((geometry.erased_value,))
        page, unit = gcd(_PAGE_OCTETS, *geometry.block_sizes), geometry.write_unit
        self._octets = Pages(geometry.size, page, geometry.erased_value)
        self._counts = Pages(geometry.size // unit, page // unit, 0)

    @classmethod
    def load(
        cls,
        image: bytes,
        geometry: Geometry,
        *,
        plan: CutPlan | None = None,
        observer: Observer | None = None,
    ) -> Self:
        """A flash with the given contents; units that do not read erased count as used up.

        Raises:
            FlashError: the image is not exactly as long as the flash.
        """
        if len(image) != geometry.size:
            raise FlashError(f"an image of {geometry.size} octets was wanted, not {len(image)}")
        flash = cls(geometry, plan=plan, observer=observer)
        step = min(geometry.block_sizes)
        for at in range(0, len(image), step):
            piece = image[at : at + step]
            if piece != flash._blank * len(piece):  # blank pages stay shared
                flash._put(at, piece, flash._used_units(piece))
        return flash

    @property
    def operations(self) -> int:
        """Programs and erases so far: the number that the next one gets."""
        return self.programs + self.erases

    def image(self) -> bytes:
        """The whole contents."""
        return self._octets.all()

    def snapshot(self) -> FlashSnapshot:
        """Contents, unit counts and wear, to come back to with `restore`."""
        return FlashSnapshot(self._octets.snapshot(), self._counts.snapshot(), tuple(self.wear))

    def restore(self, snapshot: FlashSnapshot, plan: CutPlan | None = None) -> None:
        """Return to a snapshot of the same geometry, powered, counting operations from 0."""
        self._octets.restore(snapshot.pages)
        self._counts.restore(snapshot.programmed)
        self.wear[:] = snapshot.wear
        self.programs = self.erases = 0
        self.plan = plan
        self._powered = True

    def power_on(self) -> None:
        """Supply power again after a cut; the plan that cut it is spent."""
        self.plan = None
        self._powered = True

    def read(self, address: int, length: int) -> bytes:
        """`length` octets from `address`."""
        if not (self._powered and 0 <= address <= address + length <= self.geometry.size):
            self._refuse(address, length)
        return self._octets.read(address, length)

    def program(self, address: int, octets: bytes) -> None:
        """Program `octets` at `address`.

        Raises:
            FlashError: unaligned, outside the flash, a unit used too often, or a bit that would
                have to move back to the erased value. Nothing is programmed then.
            PowerCut: the plan says so.
        """
        unit = self.geometry.write_unit
        if address % unit or len(octets) % unit:
            raise FlashError(f"{len(octets)} octets at {address} do not fill units of {unit}")
        before = self.read(address, len(octets))
        if before != self._blank * len(before):
            self._check_bits(address, before, octets)
        counts = self._count_up(address, len(octets))
        self.programs += 1
        plan = self.plan and self._due_cut()
        if plan is not None:
            self._cut_program(plan, address, before, octets)
        self._octets.write(address, octets)
        self._counts.write(address // unit, counts)
        if self.trace is not None or self.observer is not None:
            self._record(OperationKind.PROGRAM, address, before, octets)

    def erase(self, block: int) -> None:
        """Erase block number `block`.

        A cut erase leaves the units' program counts as they were, even where it reads erased:
        only a completed erase makes a unit good to program.

        Raises:
            FlashError: there is no such block.
            PowerCut: the plan says so.
        """
        if not 0 <= block < len(self.wear):
            raise FlashError(f"there is no block {block}")
        if not self._powered:
            self._refuse(block, 0)
        geometry = self.geometry
        address, size = geometry.block_starts[block], geometry.block_sizes[block]
        self.erases += 1
        self.wear[block] += 1
        # Reading a block for no cut, trace or observer would be half the cost of erasing it.
        watched = self.plan or self.trace is not None or self.observer is not None
        before = self._octets.read(address, size) if watched else b""
        plan = self.plan and self._due_cut()
        if plan is not None:
            self._cut_erase(plan, address, before)
        self._octets.clear(address, size)
        self._counts.clear(address // geometry.write_unit, size // geometry.write_unit)
        if watched:
            self._record(OperationKind.ERASE, address, before, self._blank * size)

    def _cut_program(self, plan: CutPlan, address: int, before: bytes, octets: bytes) -> None:
        torn = tear(plan, before, octets, self.geometry.erased_value)
        self._put(address, torn.octets, self._count_torn(address, before, torn))
        self._record(OperationKind.PROGRAM, address, before, torn.octets)
        self._lose_power()

    def _cut_erase(self, plan: CutPlan, address: int, before: bytes) -> None:
        size = len(before)
        torn = tear(plan, before, self._blank * size, self.geometry.erased_value)
        self._octets.write(address, torn.octets)
        if torn.reached == size:
            unit = self.geometry.write_unit
            self._counts.clear(address // unit, size // unit)
        self._record(OperationKind.ERASE, address, before, torn.octets)
        self._lose_power()

    def _due_cut(self) -> CutPlan | None:
        """The plan, if it is for the operation that has just been counted."""
        plan = self.plan
        return plan if plan is not None and plan.operation == self.operations - 1 else None

    def _refuse(self, address: int, length: int) -> None:
        if not self._powered:
            raise FlashError("the flash has no power; power it on before it is used again")
        raise FlashError(f"{length} octets at {address} lie outside the flash")

    def _check_bits(self, address: int, before: bytes, octets: bytes) -> None:
        """A bit may leave the erased value, never return to it."""
        old, new = int.from_bytes(before), int.from_bytes(octets)
        wrong = new & ~old if self.geometry.erased_value else old & ~new
        if wrong:
            raise FlashError(f"a program at {address} would return a bit to the erased value")

    def _count_up(self, address: int, length: int) -> bytes:
        """The program counts of the units from `address` on, after a whole program of them."""
        unit, limit = self.geometry.write_unit, self.geometry.programs_per_unit
        counts = self._counts.read(address // unit, length // unit)
        once = b"\x01" * len(counts)
        if counts == bytes(len(counts)):
            return once
        if max(counts) >= limit:
            raise FlashError(f"a unit in {length} octets at {address} is used up")
        return _added(counts, once)

    def _count_torn(self, address: int, before: bytes, result: Torn) -> bytes:
        """The same after a program that was cut; one that reached every unit is a whole one."""
        if result.reached == len(before):
            return self._count_up(address, len(before))
        unit = self.geometry.write_unit
        counts = self._counts.read(address // unit, len(before) // unit)
        return _added(counts, _changed_units(before, result, unit))

    def _put(self, address: int, octets: bytes, counts: bytes) -> None:
        self._octets.write(address, octets)
        self._counts.write(address // self.geometry.write_unit, counts)

    def _record(self, kind: OperationKind, address: int, before: bytes, after: bytes) -> None:
        if self.trace is not None:
            self.trace.append(FlashOperation(kind, address, before, after))
        if self.observer is not None:
            self.observer(address, after)

    def _lose_power(self) -> None:
        self._powered = False
        raise PowerCut(f"power cut: {self.plan}")

    def _used_units(self, octets: bytes) -> bytes:
        unit, limit = self.geometry.write_unit, self.geometry.programs_per_unit
        differing = _differing_units(self._blank * len(octets), octets, unit)
        return differing.replace(b"\x01", bytes((limit,)))


def _changed_units(before: bytes, result: Torn, unit: int) -> bytes:
    """One octet a unit: 1 if a cut program reached the unit or changed a bit in it, else 0."""
    reached = -(-result.reached // unit)
    flags = _differing_units(before, result.octets, unit)
    return b"\x01" * reached + flags[reached:]


def _differing_units(one: bytes, other: bytes, unit: int) -> bytes:
    """One octet a unit: 1 where the two, which are equally long, differ in a bit, else 0."""
    difference = int.from_bytes(one) ^ int.from_bytes(other)
    octets = difference.to_bytes(len(one)).translate(_NOT_ZERO)
    differing = 0
    for place in range(unit):
        differing |= int.from_bytes(octets[place::unit])
    return differing.to_bytes(len(one) // unit)


def _added(counts: bytes, more: bytes) -> bytes:
    """Sums octet by octet; none exceeds 255, because a part allows no more programs than that."""
    return (int.from_bytes(counts) + int.from_bytes(more)).to_bytes(len(counts))
