"""Whether a flash holds what it was given, by what the simulator's holds after the same."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from firmware_sim.machine.flash.trace import FlashOperation

NOT_KEPT: Final = "the flash does not keep what it is given"
_WORD_OCTETS: Final = 4


class LostWord(NamedTuple):
    """A word that reads otherwise than it should.

    Attributes:
        offset: into the image, of its first octet.
        expected, read: four octets each.
    """

    offset: int
    expected: bytes
    read: bytes

    def __str__(self) -> str:
        # The octets may be shown: the device that a check makes comes of a seed that stands in the
        # source, so that nothing in it is secret.
        return (
            f"{NOT_KEPT}: at {self.offset:#06x} it reads {self.read.hex(' ')}, and should read "
            f"{self.expected.hex(' ')}"
        )

    def is_loss(self, erased_value: int) -> bool:
        """Whether it is what a flash makes of a program or an erasure that is not done, or half.

        If not, something else was programmed: then the firmware did it, and not the flash.
        """
        erased = bytes((erased_value,)) * _WORD_OCTETS
        if self.expected == erased:
            return True
        bits = (int.from_bytes(each) for each in (self.expected, self.read, erased))
        expected, read, blank = bits
        return (read ^ blank) & (expected ^ blank) == read ^ blank


def first_lost(
    operations: Iterable[FlashOperation], expected: bytes, read: bytes
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
    if not differing:
        return None
    first = min(differing, key=lambda at: (touched.get(at, len(touched)), at))
    return LostWord(first, _word(expected, first), _word(read, first))


def _word(octets: bytes, at: int) -> bytes:
    return octets[at : at + _WORD_OCTETS]
