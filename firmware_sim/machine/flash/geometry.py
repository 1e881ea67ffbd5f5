"""How a flash memory is cut into blocks and units, and how its two areas lie on it."""

from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

WRITE_UNITS = (1, 4, 8, 16)
ERASED_VALUES = (0x00, 0xFF)
BLOCK_ALIGNMENT = 16
"""A block is a multiple of the largest write unit, so one layout serves every part."""


class Area(NamedTuple):
    """One of the two halves that hold the image in turn: whole blocks, adjacent."""

    number: int
    base: int
    size: int
    blocks: range


@dataclass(frozen=True, slots=True)
class Geometry:
    """Sizes in octets, and the rules that a part imposes.

    Args:
        block_sizes: the erase blocks in address order, at least two.
        write_unit: smallest programmable unit: 1, 4, 8 or 16 octets.
        programs_per_unit: how often a unit may be programmed between erases; parts with an
            error-correcting code allow one.
        erased_value: what an erased octet reads: 0xFF on most parts, 0x00 on some.

    Raises:
        ValueError: a value is outside these bounds.
    """

    block_sizes: tuple[int, ...]
    write_unit: int = 4
    programs_per_unit: int = 1
    erased_value: int = 0xFF
    size: int = field(init=False, compare=False)
    block_starts: tuple[int, ...] = field(init=False, compare=False, repr=False)
    areas: tuple[Area, Area] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._check()
        starts = (0, *accumulate(self.block_sizes))
        object.__setattr__(self, "size", starts[-1])
        object.__setattr__(self, "block_starts", starts[:-1])
        object.__setattr__(self, "areas", _split(starts))

    def _check(self) -> None:
        if len(self.block_sizes) < 2:
            raise ValueError("two areas need at least two blocks")
        if any(size <= 0 or size % BLOCK_ALIGNMENT for size in self.block_sizes):
            raise ValueError(f"a block is a positive multiple of {BLOCK_ALIGNMENT} octets")
        if self.write_unit not in WRITE_UNITS:
            raise ValueError(f"the write unit is one of {WRITE_UNITS}, not {self.write_unit}")
        if not 1 <= self.programs_per_unit <= 255:
            raise ValueError("a unit is programmed 1 to 255 times between erases")
        if self.erased_value not in ERASED_VALUES:
            raise ValueError("an erased octet reads 0x00 or 0xFF")


def _split(starts: tuple[int, ...]) -> tuple[Area, Area]:
    """Cut between two blocks where the smaller side is largest; both areas get that size."""
    end, count = starts[-1], len(starts) - 1
    cut = max(range(1, count), key=lambda block: min(starts[block], end - starts[block]))
    size = min(starts[cut], end - starts[cut])
    return Area(0, 0, size, range(cut)), Area(1, starts[cut], size, range(cut, count))


TINY = Geometry((1024,) * 14, write_unit=4)
"""Two areas of 7 KiB: they hold one meter and little more, so compaction is frequent."""

NRF52840 = Geometry((4096,) * 8, write_unit=4, programs_per_unit=2)
"""Eight pages of an nRF52840 (product specification 4.3: 4 KiB pages, a word twice)."""

STM32F4 = Geometry((16384, 16384, 16384, 65536), write_unit=4)
"""Sectors 1 to 4 of an STM32F405 (reference manual RM0090, table 5): unequal blocks."""

STM32L4 = Geometry((2048,) * 16, write_unit=8)
"""Sixteen pages of an STM32L4: 64-bit units with an error-correcting code, programmed once."""

STM32H7 = Geometry((131072,) * 2, write_unit=16)
"""Two sectors in a part with wide units and an error-correcting code."""

STM32L1 = Geometry((256,) * 64, write_unit=4, erased_value=0x00)
"""Pages of an STM32L1, whose erased flash reads 0x00 (reference manual RM0038)."""

NOR_64K = Geometry((65536,) * 2, write_unit=1, programs_per_unit=8)
"""Two 64 KiB sectors of a serial NOR part: octets, whose bits may be cleared one by one."""

NAMED = {
    "tiny": TINY,
    "nrf52840": NRF52840,
    "stm32f4": STM32F4,
    "stm32l4": STM32L4,
    "stm32h7": STM32H7,
    "stm32l1": STM32L1,
    "nor-64k": NOR_64K,
}
