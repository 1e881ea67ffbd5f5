"""Whether a flash holds what it was given, by what the simulator's holds after the same."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from firmware_sim.machine.flash.trace import FlashOperation

NOT_KEPT: Final = "the flash does not keep what it is given"
_WORD_OCTETS: Final = 4
_LOOKED_AT: Final = 16
"""Words behind the first one. Firmware that left something out has put other words there."""


class LostWord(NamedTuple):
    """A word that reads otherwise than it should.

    Attributes:
        offset: into the image, of its first octet.
        expected, read: four octets each.
        is_loss: whether it, and what was to come behind it, read as if they were not done, or half.
            If not, something else was programmed: then the firmware did it, and not the flash.
    """

    offset: int
    expected: bytes
    read: bytes
    is_loss: bool = True

    def __str__(self) -> str:
        # The octets may be shown: the device that a check makes comes of a seed that stands in the
        # source, so that nothing in it is secret.
        return (
            f"{NOT_KEPT}: at {self.offset:#06x} it reads {self.read.hex(' ')}, and should read "
            f"{self.expected.hex(' ')}"
        )


def first_lost(
    operations: Iterable[FlashOperation], expected: bytes, read: bytes, erased_value: int
) -> LostWord | None:
    """The word that was lost first: in the order of time, for a store stops where it sees a loss.

    Args:
        operations: all that made `expected`.
        expected, read: the flash from its first octet on; what only one of them has is left out.
    """
    touched = dict[int, int]()
    for number, (_, address, _, after) in enumerate(operations):
        words = range(address, address + len(after), _WORD_OCTETS)
        touched.update(dict.fromkeys(words, number))
    offsets = range(0, min(len(read), len(expected)), _WORD_OCTETS)
    differing = [at for at in offsets if _word(expected, at) != _word(read, at)]
    differing.sort(key=lambda at: (touched.get(at, len(touched)), at))
    if not differing:
        return None
    pairs = [(_word(expected, at), _word(read, at)) for at in differing[:_LOOKED_AT]]
    is_loss = all(_is_undone(*pair, erased_value) for pair in pairs)
    return LostWord(differing[0], *pairs[0], is_loss)


def _is_undone(expected: bytes, read: bytes, erased_value: int) -> bool:
    """Whether a program or an erasure of a word looks as if it was not done, or half."""
    erased = bytes((erased_value,)) * _WORD_OCTETS
    if expected == erased:
        return True
    wanted, has, blank = (int.from_bytes(each) for each in (expected, read, erased))
    return not (has ^ blank) & ~(wanted ^ blank)


def _word(octets: bytes, at: int) -> bytes:
    return octets[at : at + _WORD_OCTETS]
