"""Which Entity Identifiers a long file has named already, in little memory."""

from array import array
from typing import Final

from firmware_sim.gbcs.identifiers import EntityId

_FIRST_SIZE: Final = 1 << 10
_EMPTY: Final = 0


class IdentifiersSeen:
    """An open table of 8-octet numbers, at most half full: 16 to 32 octets an identifier.

    While it grows, the old and the new table are there: up to 48. Nothing is hashed away: two
    identifiers are never taken for one.
    """

    def __init__(self) -> None:
        self._table = array("Q", bytes(8 * _FIRST_SIZE))
        self._count = 0
        self._has_empty = False

    def __len__(self) -> int:
        return self._count + self._has_empty

    def add(self, entity: EntityId) -> bool:
        """Take one up; False if it was there before."""
        number = int.from_bytes(entity, "big")
        if number == _EMPTY:  # which marks a free place
            was_there, self._has_empty = self._has_empty, True
            return not was_there
        if 2 * (self._count + 1) > len(self._table):
            self._grow()
        place = _place(self._table, number)
        if self._table[place] == number:
            return False
        self._table[place] = number
        self._count += 1
        return True

    def _grow(self) -> None:
        larger = array("Q", bytes(16 * len(self._table)))
        for number in self._table:
            if number != _EMPTY:
                larger[_place(larger, number)] = number
        self._table = larger


def _place(table: "array[int]", number: int) -> int:
    """Where a number stands, or the free place for it."""
    mask = len(table) - 1
    # Identifiers of one maker run on: hash() spreads them by an unpredictable key.
    place = hash(number.to_bytes(8, "big")) & mask
    while table[place] not in {_EMPTY, number}:
        place = (place + 1) & mask
    return place
