"""Which firmware file a board runs: one that is named, one that the wheel brings, or one built."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from firmware_sim.hw.build.cache import file_digest
from firmware_sim.hw.build.catalogue import BoardDescription
from firmware_sim.hw.build.firmware import build
from firmware_sim.hw.build.toolchain import cross_toolchain
from firmware_sim.hw.errors import HardwareError

FOLDER: Final = Path(__file__).resolve().parents[1] / "ready_made"
"""ELF files by the board's name, and the native engine; only an installed wheel has it."""

DIGESTS: Final = "SHA256SUMS"
"""Their SHA-256, as ``sha256sum`` writes and checks it."""

INSTALL_ANEW: Final = "install the wheel anew"
"""What to do about a damaged file of the wheel."""


def firmware_for(board: BoardDescription, chosen: Path | None = None) -> Path:
    """The ELF file.

    Args:
        chosen: one to use as it is.

    Raises:
        HardwareError: there is none, and none can be built; says what to install. Or the wheel's
            own is damaged.
    """
    if chosen is not None:
        if not chosen.is_file():
            raise HardwareError(f"there is no firmware file {chosen}", "check the path")
        return chosen
    return ready_made(board) or build(board)


def ready_made(board: BoardDescription) -> Path | None:
    """The firmware that the wheel brings; None if it brings none for this board.

    Raises:
        HardwareError: its octets are not those that were packed.
    """
    return ready_made_file(f"{board.name}.elf")


def ready_made_file(name: str) -> Path | None:
    """A file that the wheel brings; None if it brings none of that name.

    Raises:
        HardwareError: its octets are not those that were packed.
    """
    path = FOLDER / name
    wanted = _digests().get(name)
    if wanted is None:
        return None
    if not path.is_file():
        raise HardwareError(f"{path} is missing", INSTALL_ANEW)
    if file_digest(path) != wanted:
        raise HardwareError(f"{path} is damaged: its SHA-256 is not {wanted}", INSTALL_ANEW)
    return path


def is_ready_made(path: Path) -> bool:
    """Whether a file is one that the wheel brings, damaged or not."""
    return path.parent == FOLDER


def where_from(board: BoardDescription) -> str:
    """In words, where what `firmware_for` gives comes from; or why there is none."""
    try:
        elf = ready_made(board)
        if elf is not None:
            return f"ready-made, SHA-256 {file_digest(elf)}"
        return f"built here by {cross_toolchain().version}"
    except HardwareError as error:
        return f"none: {error}"


def _digests() -> Mapping[str, str]:
    """SHA-256 in hex by file name."""
    path = FOLDER / DIGESTS
    if not path.is_file():
        return {}
    lines = (line.split(maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines())
    return {name.lstrip("*"): digest for digest, name in lines}
