"""Powering an emulated board, whichever emulator runs it."""

from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from firmware_sim.hw.build.catalogue import BoardDescription
from firmware_sim.hw.emulators.availability import why_not
from firmware_sim.hw.emulators.choice import check_emulated
from firmware_sim.hw.emulators.qemu import QemuBoard
from firmware_sim.hw.emulators.unicorn_line import UnicornLine
from firmware_sim.hw.errors import HardwareError, UnknownNameError


class EmulatedBoard(Protocol):
    """A board with power; closing it, or leaving its context, is a power cut."""

    board: BoardDescription
    port: str
    """The serial port, a device file."""

    @property
    def runs(self) -> bool:
        """Whether it has power still."""

    def last_words(self) -> str:
        """That the emulator ended by itself, and what it said last; empty while it runs."""

    def cut_power(self) -> None:
        """Off, at once."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...


def default_emulator(board: BoardDescription) -> str:
    """QEMU if it is installed and its model keeps what is programmed, else Unicorn."""
    if board.unicorn is None:
        return "qemu"
    keeps = board.qemu is not None and board.qemu.memory > 0
    return "qemu" if keeps and not why_not("qemu") else "unicorn"


def power_up(
    board: BoardDescription, elf: Path, flash: Path | None = None, emulator: str | None = None
) -> EmulatedBoard:
    """Start a board.

    Args:
        flash: file that holds the flash; None for one that is gone at the end.
        emulator: ``qemu`` or ``unicorn``; None for the board's own.

    Raises:
        HardwareError: no such emulator for this board, or it does not start.
    """
    chosen = emulator or default_emulator(board)
    if chosen not in ("qemu", "unicorn"):
        raise UnknownNameError(f"{chosen!r} is no emulator", "use qemu or unicorn")
    check_emulated(board, chosen)
    if chosen == "qemu":
        if flash is not None and board.qemu is not None and not board.qemu.memory:
            raise HardwareError(
                f"QEMU's {board.qemu.machine} keeps nothing in its flash", "use unicorn"
            )
        return QemuBoard(board, elf, flash)
    return UnicornLine(board, elf, flash)
