"""The boards that this project knows: what hw/boards/*/board.toml says of each."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Final

from firmware_sim.hw.build.board_tables import MIN_AREA_OCTETS, BoardTableError, check_board
from firmware_sim.hw.errors import BoardFileError, UnfitNameError, UnknownNameError
from firmware_sim.machine.flash.geometry import Geometry

_MOST_OCTETS: Final = 64 * 1024
_MEND: Final = "firmware-sim board keys shows every key"
BOARDS_FOLDER: Final = Path(__file__).resolve().parents[1] / "boards"


@dataclass(frozen=True, slots=True)
class FlashDescription:
    """Where the image lies in a board's memory.

    Attributes:
        address: of the first octet.
        blocks: runs of equal erase blocks: (count, octets).
    """

    address: int
    blocks: tuple[tuple[int, int], ...]
    write_unit: int
    programs_per_unit: int
    erased_value: int

    @property
    def size(self) -> int:
        """In octets."""
        return sum(count * octets for count, octets in self.blocks)

    @property
    def block_sizes(self) -> tuple[int, ...]:
        """Octets of every erase block, in address order."""
        return tuple(octets for count, octets in self.blocks for _ in range(count))

    @property
    def geometry(self) -> Geometry:
        """The same, as the store knows it.

        Raises:
            ValueError: no image can lie on it.
        """
        sizes = self.block_sizes
        return Geometry(sizes, self.write_unit, self.programs_per_unit, self.erased_value)

    def erased(self) -> bytes:
        """A flash that nothing was written to yet."""
        return bytes((self.erased_value,)) * self.size


@dataclass(frozen=True, slots=True)
class QemuMachine:
    """How QEMU runs the board.

    Attributes:
        machine: as ``-machine`` names it.
        memory: octets of the memory that holds the flash from its start, and that may be a
            file; 0 if QEMU's model does not keep what is programmed.
        serial: number of the serial port that is the link.
    """

    machine: str
    memory: int = 0
    serial: int = 0


@dataclass(frozen=True, slots=True)
class RealBoard:
    """How the tools for real boards call it: pyocd's target, and OpenOCD's configuration files."""

    pyocd: str
    openocd: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BoardDescription:
    """One board.

    Attributes:
        name: as ``--target board:NAME`` has it.
        qemu: None if QEMU does not run it.
        unicorn: the name of the model of its peripherals; None if there is none.
        real: None if no real one can be flashed.
        options: for the compiler, beside those that every board gets.
    """

    name: str
    title: str
    cpu: str
    folder: Path
    flash: FlashDescription
    qemu: QemuMachine | None
    unicorn: str | None
    real: RealBoard | None
    options: tuple[str, ...] = ()

    @property
    def emulators(self) -> tuple[str, ...]:
        """What runs it here, the first by default."""
        names = (("qemu", self.qemu), ("unicorn", self.unicorn))
        return tuple(name for name, found in names if found is not None)


@cache
def boards() -> Mapping[str, BoardDescription]:
    """Every board by name.

    Raises:
        HardwareError: a description is not what it must be.
    """
    found = map(_read, sorted(BOARDS_FOLDER.glob("*/board.toml")))
    return {board.name: board for board in found}


def board_named(name: str) -> BoardDescription:
    """The board with that name, or the one that a folder of anybody's describes.

    Args:
        name: of a board; or a folder, with a slash in it or as ``.``.

    Raises:
        HardwareError: there is none, or its description has a mistake.
    """
    known = boards()
    if name in known:
        return known[name]
    if "/" not in name and name not in (".", ".."):
        near = get_close_matches(name, known, 1)
        meant = f"do you mean {near[0]}? Or " if near else ""
        names = " or ".join(known)
        raise UnknownNameError(
            f"{name!r} is no board", f"{meant}use {names}, or the folder of one, such as ./{name}"
        )
    board = _read(_folder_named(name) / "board.toml")
    if board.name in known:
        raise UnfitNameError(
            f"{board.name} is a board of this program, not of {name}", "give it another name"
        )
    return board


def _folder_named(name: str) -> Path:
    folder = Path(name)
    if folder.is_dir():
        return folder.resolve()
    beside = [path.parent.name for path in folder.parent.glob("*/board.toml")]
    near = get_close_matches(folder.name, beside, 1)
    meant = f"; do you mean {name[: -len(folder.name)]}{near[0]}?" if near else ""
    raise UnknownNameError(
        f"there is no folder {name}{meant}", "give the folder that board.toml lies in"
    )


def _read(path: Path) -> BoardDescription:
    try:
        entries = _parsed(_text_of(path))
        check_board(entries)
        return _board(entries, path.parent)
    except (OSError, ValueError) as error:  # what is no UTF-8 is a ValueError too
        reason = error.strerror if isinstance(error, OSError) else error
        raise BoardFileError(f"{path} describes no board: {reason}", _MEND) from error


def _text_of(path: Path) -> str:
    with path.open("rb") as file:
        octets = file.read(_MOST_OCTETS + 1)
    if len(octets) > _MOST_OCTETS:
        raise BoardTableError(f"more than {_MOST_OCTETS} octets")
    return octets.decode()


def _parsed(text: str) -> dict[str, Any]:
    """The tables of a TOML file; a mistake of syntax has its line and column, at the end too."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        lines = text.splitlines() or [""]
        end = f"(at line {len(lines)}, column {len(lines[-1]) + 1}, the end of the file)"
        raise BoardTableError(str(error).replace("(at end of document)", end)) from error


def _check_room(geometry: Geometry) -> None:
    area = geometry.areas[0].size
    if area < MIN_AREA_OCTETS:
        raise BoardTableError(
            f"blocks in [flash] make two areas of {area:,} octets, and an image needs two of at "
            f"least {MIN_AREA_OCTETS:,}"
        )


def _board(entries: Mapping[str, Any], folder: Path) -> BoardDescription:
    flash = dict(entries["flash"])
    flash["blocks"] = tuple((count, octets) for count, octets in flash["blocks"])
    described = FlashDescription(**flash)
    _check_room(described.geometry)  # ValueError: no image can lie on it
    qemu, unicorn, real = (entries.get(name) for name in ("qemu", "unicorn", "real"))
    return BoardDescription(
        name=entries["name"],
        title=entries["title"],
        cpu=entries["cpu"],
        folder=folder,
        flash=described,
        qemu=None if qemu is None else QemuMachine(**qemu),
        unicorn=None if unicorn is None else unicorn["model"],
        real=None if real is None else RealBoard(real["pyocd"], tuple(real["openocd"])),
        options=tuple(entries.get("options", ())),
    )
