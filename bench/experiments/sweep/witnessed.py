"""What a board does wrong without any cut: then no cut of it shows anything."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from firmware_sim.bench.dut.board.kept_flash import LostWord
from firmware_sim.hw.emulators.direct import SilentFirmwareError
from firmware_sim.hw.emulators.flash_cut import FlashCall
from firmware_sim.hw.emulators.flash_witness import FlashWitness, Miss
from firmware_sim.hw.emulators.unicorn_board import FirmwareFault, UnicornBoard

DRIVER = "compare flash_program_word and flash_erase_block with [flash] of board.toml"
UNCUT = "without a cut"
"""In place of a cut's name in a failure."""

OTHER_ANSWER = "the board answers otherwise than the simulated device"
OTHER_STATE = "the board holds other than the simulated device"


class BoardWrongError(Exception):
    """What the board does wrong without a cut, in words."""


@contextmanager
def witnessed(
    board: UnicornBoard, then: Callable[[FlashCall], None] | None = None
) -> Iterator[None]:
    """Look at every flash operation; a word that is lost is told before what comes of it.

    Args:
        then: called before each operation, too.

    Raises:
        BoardWrongError: a word is lost, or the firmware stops or is silent.
    """
    witness = FlashWitness(board, then)
    try:
        with witness:
            yield
    except (BoardWrongError, SilentFirmwareError, FirmwareFault) as error:
        text = str(error) if witness.missed is None else _in_words(witness.missed)
        raise BoardWrongError(text) from error
    if witness.missed is not None:
        raise BoardWrongError(_in_words(witness.missed))


def _in_words(missed: Miss) -> str:
    call = missed.call
    done = f"the erasure of block {call.place}" if call.word is None else "the program of a word"
    lost = LostWord(missed.offset, missed.expected, missed.read)
    return f"{lost}, after flash operation {missed.operation}, {done}; {DRIVER}"
