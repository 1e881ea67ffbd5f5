"""A flash memory that enforces its own rules, counts, and can lose power in mid-operation.

Contents are immutable pages, shared until they change: a thousand devices that start from one
image cost a list each, and a snapshot costs no copying.
"""

from collections.abc import Callable
from math import gcd
from typing import NamedTuple, Self

from firmware_sim.flash.cut import CutPlan, PowerCut, Torn, tear
from firmware_sim.flash.geometry import Geometry
from firmware_sim.flash.trace import Operation, OperationKind

_PAGE_OCTETS = 1024

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
        observer: told of every change, also of a torn one, so a host can mirror the contents.
        plan: the cut to come, if any; its operation number counts programs and erases together.
    """

    __slots__ = (
        "_erased_page",
        "_page_octets",
        "_pages",
        "_powered",
        "_programmed",
        "_untouched",
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
        self.trace: list[Operation] | None = None
        self.programs = 0
        self.erases = 0
        self.wear = [0] * len(geometry.block_sizes)
        self._powered = True
        self._page_octets = gcd(_PAGE_OCTETS, *geometry.block_sizes)
        self._erased_page = bytes((geometry.erased_value,)) * self._page_octets
        self._untouched = bytes(self._page_octets // geometry.write_unit)
        page_count = geometry.size // self._page_octets
        self._pages = [self._erased_page] * page_count
        self._programmed = [self._untouched] * page_count

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
        for number in range(len(flash._pages)):
            page = image[number * flash._page_octets : (number + 1) * flash._page_octets]
            if page != flash._erased_page:
                flash._pages[number] = bytes(page)
                flash._programmed[number] = flash._used_units(page)
        return flash

    @property
    def operations(self) -> int:
        """Programs and erases so far: the number that the next one gets."""
        return self.programs + self.erases

    def image(self) -> bytes:
        """The whole contents."""
        return b"".join(self._pages)

    def snapshot(self) -> FlashSnapshot:
        """Contents, unit counts and wear, to come back to with `restore`."""
        return FlashSnapshot(tuple(self._pages), tuple(self._programmed), tuple(self.wear))

    def restore(self, snapshot: FlashSnapshot, plan: CutPlan | None = None) -> None:
        """Return to a snapshot of the same geometry, powered, counting operations from 0."""
        self._pages[:], self._programmed[:], self.wear[:] = snapshot
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
        page, offset = divmod(address, self._page_octets)
        end = offset + length
        if end <= self._page_octets:
            return self._pages[page][offset:end]
        last = page + (end - 1) // self._page_octets
        return b"".join(self._pages[page : last + 1])[offset:end]

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
        self._check_bits(address, before, octets)
        counts = self._count_up(address, before, Torn(octets, len(octets)))
        self.programs += 1
        if self.plan is not None and self.plan.operation == self.operations - 1:
            torn = tear(self.plan, before, octets, self.geometry.erased_value)
            self._put(address, torn.octets, self._count_up(address, before, torn))
            self._record(OperationKind.PROGRAM, address, before, torn.octets)
            self._lose_power()
        self._put(address, octets, counts)
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
        address, size = self.geometry.block_starts[block], self.geometry.block_sizes[block]
        before = self.read(address, size)
        erased = bytes((self.geometry.erased_value,)) * size
        self.erases += 1
        self.wear[block] += 1
        if self.plan is not None and self.plan.operation == self.operations - 1:
            torn = tear(self.plan, before, erased, self.geometry.erased_value)
            counts = bytes(size // self.geometry.write_unit) if torn.reached == size else None
            self._put(address, torn.octets, counts)
            self._record(OperationKind.ERASE, address, before, torn.octets)
            self._lose_power()
        first, count = address // self._page_octets, size // self._page_octets
        self._pages[first : first + count] = [self._erased_page] * count
        self._programmed[first : first + count] = [self._untouched] * count
        self._record(OperationKind.ERASE, address, before, erased)

    def _refuse(self, address: int, length: int) -> None:
        if not self._powered:
            raise FlashError("the flash has no power; power it on before it is used again")
        raise FlashError(f"{length} octets at {address} lie outside the flash")

    def _check_bits(self, address: int, before: bytes, octets: bytes) -> None:
        """A bit may leave the erased value, never return to it."""
        erased = self.geometry.erased_value
        if before == bytes((erased,)) * len(before):
            return
        old, new = int.from_bytes(before), int.from_bytes(octets)
        wrong = new & ~old if erased else old & ~new
        if wrong:
            raise FlashError(f"a program at {address} would return a bit to the erased value")

    def _count_up(self, address: int, before: bytes, result: Torn) -> bytes:
        """The program counts of the units from `address` on, after an operation on them."""
        unit, limit = self.geometry.write_unit, self.geometry.programs_per_unit
        counts = self._counts(address, len(before))
        if result.reached == len(before):
            if counts == bytes(len(counts)):
                return b"\x01" * len(counts)
            if max(counts) >= limit:
                raise FlashError(f"a unit in {len(before)} octets at {address} is used up")
            return bytes(count + 1 for count in counts)
        starts = range(0, len(before), unit)
        return bytes(
            count + (at < result.reached or result.octets[at : at + unit] != before[at : at + unit])
            for at, count in zip(starts, counts, strict=True)
        )

    def _counts(self, address: int, length: int) -> bytes:
        page, offset = divmod(address, self._page_octets)
        unit = self.geometry.write_unit
        if offset + length <= self._page_octets:
            return self._programmed[page][offset // unit : (offset + length) // unit]
        last = page + (offset + length - 1) // self._page_octets
        joined = b"".join(self._programmed[page : last + 1])
        return joined[offset // unit : (offset + length) // unit]

    def _put(self, address: int, octets: bytes, counts: bytes | None) -> None:
        """Replace contents, and counts if given, page by page."""
        unit, size = self.geometry.write_unit, self._page_octets
        page, offset = divmod(address, size)
        done = 0
        while done < len(octets):
            take = min(size - offset, len(octets) - done)
            old = self._pages[page]
            self._pages[page] = old[:offset] + octets[done : done + take] + old[offset + take :]
            if counts is not None:
                was, first, last = self._programmed[page], offset // unit, (offset + take) // unit
                fresh = counts[done // unit : (done + take) // unit]
                self._programmed[page] = was[:first] + fresh + was[last:]
            done, page, offset = done + take, page + 1, 0

    def _record(self, kind: OperationKind, address: int, before: bytes, after: bytes) -> None:
        if self.trace is not None:
            self.trace.append(Operation(kind, address, before, after))
        if self.observer is not None:
            self.observer(address, after)

    def _lose_power(self) -> None:
        self._powered = False
        raise PowerCut(f"power cut: {self.plan}")

    def _used_units(self, page: bytes) -> bytes:
        unit, limit = self.geometry.write_unit, self.geometry.programs_per_unit
        blank = self._erased_page[:unit]
        return bytes(
            0 if page[at : at + unit] == blank else limit for at in range(0, len(page), unit)
        )
