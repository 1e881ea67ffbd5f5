"""Whether board.toml and the firmware mean the same flash and board: else images would be lost."""

from struct import Struct
from typing import Final

from firmware_sim.hw.build.catalogue import BoardDescription, FlashDescription
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.errors import BoardFileError

SYMBOL: Final = "board_geometry"
ADDRESS_SYMBOL: Final = "board_flash"
NAME_SYMBOL: Final = "board_name"
_ADDRESS_OCTETS: Final = 4
_RUNS: Final = 4
# struct geometry of generated/geometry.h, as an Arm processor has it in memory.
_GEOMETRY: Final = Struct("<I" + "HxxI" * _RUNS + "IIHH" * 2 + "BBBx")


def check_built(board: BoardDescription, firmware: Firmware) -> None:
    """Refuse firmware that was built of a board.c which contradicts its board.toml.

    Raises:
        BoardFileError: `board_flash`, `board_geometry` or `board_name` says other than board.toml.
    """
    check_flash(board, firmware)
    octets = _octets_of(firmware, NAME_SYMBOL)
    name = board.name if octets is None else octets.rstrip(b"\0").decode(errors="replace")
    if name != board.name:
        raise BoardFileError(
            f"the board is {board.name!r} by its board.toml, and {name!r} by board.c",
            f"make name and {NAME_SYMBOL} the same",
        )


def check_flash(board: BoardDescription, firmware: Firmware) -> None:
    """Refuse firmware whose flash is not where, or not cut as, its board.toml says.

    Firmware without these variables, of another maker or stripped, says in its boot record only
    how its flash is cut.

    Raises:
        BoardFileError: they differ; names both.
    """
    found, address = _geometry_of(firmware), _address_of(firmware)
    if address is not None and address != board.flash.address:
        raise BoardFileError(
            f"the flash of {board.name} begins at {board.flash.address:#010x} by its board.toml, "
            f"and at {address:#010x} by its firmware",
            f"make address in [flash] and {ADDRESS_SYMBOL} of board.c the same",
        )
    if found is not None and found != shape_of(board.flash):
        raise BoardFileError(
            f"the flash of {board.name} is {in_words(shape_of(board.flash))} by its board.toml, "
            f"and {in_words(found)} by its firmware",
            f"make [flash] and {SYMBOL} of board.c the same",
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
    octets = _octets_of(firmware, SYMBOL)
    if octets is None or len(octets) != _GEOMETRY.size:
        return None
    values = _GEOMETRY.unpack(octets)
    counts, sizes = values[1 : 2 * _RUNS : 2], values[2 : 2 * _RUNS + 1 : 2]
    blocks = tuple((count, size) for count, size in zip(counts, sizes, strict=True) if count)
    unit, programs, erased = values[-3:]
    return blocks, unit, programs, erased


def _address_of(firmware: Firmware) -> int | None:
    octets = _octets_of(firmware, ADDRESS_SYMBOL)
    if octets is None or len(octets) != _ADDRESS_OCTETS:
        return None
    return int.from_bytes(octets, "little")


def _octets_of(firmware: Firmware, symbol: str) -> bytes | None:
    """The first value of a variable; None if the firmware does not name it."""
    start = firmware.symbols.get(symbol)
    return None if start is None else firmware.between(start, start + firmware.sizes[symbol])
