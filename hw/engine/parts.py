"""A flash part, described to the engine: struct geometry of hw/firmware/generated/geometry.h."""

import ctypes
from itertools import groupby

from firmware_sim.hw.engine.errors import EngineError
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.image.layout import GEOMETRY_RUNS


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
        ("runs", _BlockRun * GEOMETRY_RUNS),
        ("areas", _Area * 2),
        ("write_unit", ctypes.c_uint8),
        ("programs_per_unit", ctypes.c_uint8),
        ("erased_value", ctypes.c_uint8),
    )


def described_part(geometry: Geometry) -> DescribedPart:
    """The part for the engine.

    Raises:
        EngineError: it has more runs of equal blocks than a superblock can tell.
    """
    runs = [(len(list(group)), size) for size, group in groupby(geometry.block_sizes)]
    if len(runs) > GEOMETRY_RUNS:
        raise EngineError(f"a flash for the engine has at most {GEOMETRY_RUNS} runs of blocks")
    return DescribedPart(
        geometry.size,
        (_BlockRun * GEOMETRY_RUNS)(*(_BlockRun(*run) for run in runs)),
        (_Area * 2)(
            *(
                _Area(area.base, area.size, area.blocks.start, len(area.blocks))
                for area in geometry.areas
            )
        ),
        geometry.write_unit,
        geometry.programs_per_unit,
        geometry.erased_value,
    )
