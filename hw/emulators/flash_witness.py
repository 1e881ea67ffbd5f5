"""Whether the flash of an emulated board holds what its firmware programs and erases.

A driver that loses a word looks, from outside, like almost any other fault. Here it is seen at the
operation itself: the call says what the flash must hold afterwards.
"""

from collections.abc import Callable
from typing import NamedTuple, Self

from firmware_sim.hw.emulators.flash_cut import Cut, CutExtent, FlashCall, apply_cut
from firmware_sim.hw.emulators.unicorn_board import UnicornBoard

_WORD_OCTETS = 4


class Miss(NamedTuple):
    """A word that reads otherwise than it must after an operation.

    Attributes:
        offset: into the image, of its first octet.
        expected, read: four octets each.
        operation: what was done last, counted from 0 since the witness came.
        call: what that was.
    """

    offset: int
    expected: bytes
    read: bytes
    operation: int
    call: FlashCall


class FlashWitness:
    """Looks at the whole flash after every operation, while it is a context.

    Args:
        then: called before each operation, too.

    Attributes:
        missed: the first word that is not as it must be; None while there is none.
    """

    def __init__(
        self, board: UnicornBoard, then: Callable[[FlashCall], None] | None = None
    ) -> None:
        self._board = board
        self._then = then
        self._open: FlashCall | None = None
        self._must_hold = b""
        self._count = 0
        self.missed: Miss | None = None

    def __enter__(self) -> Self:
        self._board.before_operation = self._before
        return self

    def __exit__(self, *_: object) -> None:
        self._settle()
        self._board.before_operation = None

    def _before(self, call: FlashCall) -> None:
        self._settle()
        must_hold = bytearray(self._board.flash[:])
        apply_cut(must_hold, self._board.board.flash, call, Cut(0, CutExtent.AFTER))
        self._open, self._must_hold = call, bytes(must_hold)
        if self._then is not None:
            self._then(call)

    def _settle(self) -> None:
        """Compare, now that the operation is over."""
        call, self._open = self._open, None
        if call is None:
            return
        number, self._count = self._count, self._count + 1
        holds = bytes(self._board.flash[:])
        if self.missed is not None or holds == self._must_hold:
            return
        pairs = enumerate(zip(holds, self._must_hold, strict=True))
        at = next(place for place, (has, must) in pairs if has != must) & -_WORD_OCTETS
        end = at + _WORD_OCTETS
        self.missed = Miss(at, self._must_hold[at:end], holds[at:end], number, call)
