"""A flash that grows old: stuck bits, blocks worn out, reads that disturb, bits that decay."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.flash.nor import NorFlash, Observer


class StuckBit(NamedTuple):
    """A bit that neither program nor erase changes: bit 0 is the lowest of the octet."""

    address: int
    bit: int
    value: bool


@dataclass(frozen=True, slots=True)
class Ailments:
    """What is wrong with a part.

    Attributes:
        stuck: bits that never change.
        endurance: erases that a block takes; each further one leaves one bit more programmed.
            None: it takes any number.
        disturb_after: reads of a block, since its erase, after which each further read programs
            one of its bits with the odds of one in so many. None: reads do no harm.
        seed: which bits are hit.
    """

    stuck: tuple[StuckBit, ...] = ()
    endurance: int | None = None
    disturb_after: int | None = None
    seed: bytes = b""


class AgeingFlash(NorFlash):
    """A `NorFlash` with ailments, which raise no error: they show when the flash is read."""

    __slots__ = ("_ailments", "_reads")

    def __init__(
        self, geometry: Geometry, ailments: Ailments, *, observer: Observer | None = None
    ) -> None:
        super().__init__(geometry, observer=observer)
        self._ailments = ailments
        self._reads = [0] * len(geometry.block_sizes)
        self._hold(ailments.stuck)

    def read(self, address: int, length: int) -> bytes:
        octets = super().read(address, length)
        if self._ailments.disturb_after is not None:
            self._disturb(address, length, self._ailments.disturb_after)
        return octets

    def program(self, address: int, octets: bytes) -> None:
        try:
            super().program(address, self._possible(address, octets))
        finally:
            self._hold(
                bit for bit in self._ailments.stuck if 0 <= bit.address - address < len(octets)
            )

    def erase(self, block: int) -> None:
        try:
            super().erase(block)
        finally:
            self._reads[block] = 0
            self._wear_out(block)
            self._hold(self._ailments.stuck)

    def decay(self, address: int, bit: int) -> None:
        """Let one bit fall to its other value; bit 0 is the lowest of the octet."""
        self._change(address, self._octets.read(address, 1)[0] ^ 1 << bit)

    def _possible(self, address: int, octets: bytes) -> bytes:
        """What a part makes of a program over bits that an ailment left programmed.

        The part reports no error; a store that programs it must read back.
        """
        held = int.from_bytes(self._octets.read(address, len(octets)))
        wanted = int.from_bytes(octets)
        result = held & wanted if self.geometry.erased_value else held | wanted
        return result.to_bytes(len(octets))

    def _hold(self, stuck: Iterable[StuckBit]) -> None:
        for address, bit, value in stuck:
            octet = self._octets.read(address, 1)[0]
            self._change(address, octet | 1 << bit if value else octet & ~(1 << bit))

    def _wear_out(self, block: int) -> None:
        endurance = self._ailments.endurance
        if endurance is None:
            return
        for number in range(self.wear[block] - endurance):
            self._weaken(block, f"wear {number}")

    def _disturb(self, address: int, length: int, limit: int) -> None:
        starts = self.geometry.block_starts
        for block, (start, size) in enumerate(zip(starts, self.geometry.block_sizes, strict=True)):
            if start < address + length and address < start + size:
                self._reads[block] += 1
                reads = self._reads[block]
                if reads > limit and self._draw(block, f"odds {reads}") % limit == 0:
                    self._weaken(block, f"disturb {reads}")

    def _weaken(self, block: int, why: str) -> None:
        """Move one bit of a block away from the erased value."""
        place = self._draw(block, why) % (8 * self.geometry.block_sizes[block])
        address = self.geometry.block_starts[block] + place // 8
        octet, mask = self._octets.read(address, 1)[0], 1 << place % 8
        self._change(address, octet & ~mask if self.geometry.erased_value else octet | mask)

    def _draw(self, block: int, why: str) -> int:
        return int.from_bytes(sha256(self._ailments.seed + f" {block} {why}".encode()).digest()[:8])

    def _change(self, address: int, octet: int) -> None:
        if self._octets.read(address, 1)[0] != octet:
            self._octets.write(address, bytes((octet,)))
            if self.observer is not None:
                self.observer(address, bytes((octet,)))
