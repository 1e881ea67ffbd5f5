"""A flash part, described to the engine: struct geometry of hw/firmware/generated/geometry.h."""

import ctypes
from itertools import groupby
from typing import Final, NamedTuple

from firmware_sim.hw.engine.errors import EngineError

_RUNS: Final = 4  # GEOMETRY_RUNS of hw/firmware/generated/layout.h


class PartArea(NamedTuple):
    """One of the two halves that hold the image in turn; sizes in octets."""

    base: int
    size: int
    first_block: int
    blocks: int


class PartDescription(NamedTuple):
    """A flash that the firmware need not have a name for."""

    block_sizes: tuple[int, ...]
    areas: tuple[PartArea, PartArea]
    write_unit: int
    programs_per_unit: int
    erased_value: int

    @property
    def size(self) -> int:
        """Octets."""
        return sum(self.block_sizes)


class _BlockRun(ctypes.Structure):
    _fields_ = (("count", ctypes.c_uint16), ("size", ctypes.c_uint32))


class _Area(ctypes.Structure):
    _fields_ = (
        ("base", ctypes.c_uint32),
        ("size", ctypes.c_uint32),
        ("first_block", ctypes.c_uint16),
        ("block_count", ctypes.c_uint16),
    )


class DescribedPart(ctypes.Structure):
    """As the firmware keeps it; made by `described_part`."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("runs", _BlockRun * _RUNS),
        ("areas", _Area * 2),
        ("write_unit", ctypes.c_uint8),
        ("programs_per_unit", ctypes.c_uint8),
        ("erased_value", ctypes.c_uint8),
    )


def described_part(part: PartDescription) -> DescribedPart:
    """The part for the engine.

    Raises:
        EngineError: it has more runs of equal blocks than a superblock can tell.
    """
    runs = [(len(list(group)), size) for size, group in groupby(part.block_sizes)]
    if len(runs) > _RUNS:
        raise EngineError(f"a flash for the engine has at most {_RUNS} runs of equal blocks")
    return DescribedPart(
        part.size,
        (_BlockRun * _RUNS)(*(_BlockRun(*run) for run in runs)),
        (_Area * 2)(*(_Area(*area) for area in part.areas)),
        part.write_unit,
        part.programs_per_unit,
        part.erased_value,
    )
