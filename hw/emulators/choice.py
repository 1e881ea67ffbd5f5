"""Whether a board has the table of its board.toml that an emulator needs."""

from firmware_sim.hw.build.catalogue import BoardDescription
from firmware_sim.hw.errors import HardwareError


def check_emulated(board: BoardDescription, emulator: str) -> None:
    """Refuse an emulator, ``qemu`` or ``unicorn``, that the board is not described for.

    Raises:
        HardwareError: names the other emulator if the board is described for that one.
    """
    if emulator in board.emulators:
        return
    if board.emulators:
        raise HardwareError(
            f"the emulator {emulator} does not run {board.name}: its board.toml has no "
            f"[{emulator}]",
            f"use the emulator {board.emulators[0]}",
        )
    raise HardwareError(
        f"no emulator runs {board.name}: its board.toml has neither [qemu] nor [unicorn]",
        "test the real board with --port, or add one of these tables: firmware-sim board keys "
        "shows them",
    )
