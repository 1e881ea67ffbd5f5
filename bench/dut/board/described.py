"""Whether a board is the one that its description means, by what it says of itself."""

from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.links.board_protocol import BootRecord
from firmware_sim.hw.build.catalogue import BoardDescription
from firmware_sim.hw.emulators.described_flash import Shape, in_words, shape_of


def flash_difference(board: BoardDescription, boot: BootRecord) -> str:
    """How the flash of a boot record differs from the one of board.toml; empty if it does not."""
    told: Shape = (
        tuple((run.blocks, run.size) for run in boot.blocks),
        boot.write_unit,
        boot.programs_per_unit,
        boot.erased_value,
    )
    described = shape_of(board.flash)
    if told == described:
        return ""
    return f"its flash is {in_words(told)}, and {in_words(described)} by board.toml"


def check_described_flash(board: BoardDescription, boot: BootRecord) -> None:
    """Refuse a board with another flash: its image would be read, and kept, in the wrong way.

    Raises:
        BenchError: it has another.
    """
    if difference := flash_difference(board, boot):
        raise BenchError(
            f"the firmware is not for {board.name}: {difference}",
            "make [flash] and board_geometry of board.c the same",
        )
