"""Whether board.toml and the firmware mean the same flash: else the image would be lost."""

from struct import Struct
from typing import Final

from firmware_sim.hw.build.catalogue import BoardDescription, FlashDescription
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.errors import HardwareError

SYMBOL: Final = "board_geometry"
_RUNS: Final = 4
# struct geometry of generated/geometry.h, as an Arm processor has it in memory.
_GEOMETRY: Final = Struct("<I" + "HxxI" * _RUNS + "IIHH" * 2 + "BBBx")


def check_flash(board: BoardDescription, firmware: Firmware) -> None:
    """Refuse firmware whose `board_geometry` is not what its board.toml says.

    Firmware without that variable, of another maker or stripped, says it in its boot record only.

    Raises:
        HardwareError: they differ; names both.
    """
    found = _geometry_of(firmware)
    if found is not None and found != shape_of(board.flash):
        raise HardwareError(
            f"the flash of {board.name} is {in_words(shape_of(board.flash))} by its board.toml, "
            f"and {in_words(found)} by its firmware",
            "make [flash] and board_geometry of board.c the same",
        )


Shape = tuple[tuple[tuple[int, int], ...], int, int, int]
"""Runs of blocks, write unit, programs a unit, erased value."""


def shape_of(flash: FlashDescription) -> Shape:
    """What of a flash the firmware knows too."""
    return flash.blocks, flash.write_unit, flash.programs_per_unit, flash.erased_value


def in_words(shape: Shape) -> str:
    """A flash in one line, blocks as board.toml has them."""
    blocks, unit, programs, erased = shape
    runs = [list(run) for run in blocks]
    return f"{runs} in units of {unit} programmed {programs} times and erased to {erased:#04x}"


def _geometry_of(firmware: Firmware) -> Shape | None:
    start = firmware.symbols.get(SYMBOL)
    if start is None or firmware.sizes[SYMBOL] != _GEOMETRY.size:
        return None
    values = _GEOMETRY.unpack(firmware.between(start, start + _GEOMETRY.size))
    counts, sizes = values[1 : 2 * _RUNS : 2], values[2 : 2 * _RUNS + 1 : 2]
    blocks = tuple((count, size) for count, size in zip(counts, sizes, strict=True) if count)
    unit, programs, erased = values[-3:]
    return blocks, unit, programs, erased
