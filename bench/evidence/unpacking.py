"""The rows of a ledger as they are meant, from the packed ones; see `packing`.

The ledger may be a stranger's: a number that names nothing, or octets that are no message's
difference, raise an error that `opening.opened` tells in one line.
"""

import sqlite3
import zlib
from collections import OrderedDict
from typing import Final

from firmware_sim.bench.evidence.chain import Value
from firmware_sim.bench.evidence.packing import BASE, PACKED, WINDOW_BITS, Content

_MOST_OCTETS: Final = 1 << 20
"""More than any message has that goes over a link."""

_MOST_KEPT: Final = 1024
_MOST_STEPS: Final = 4


class Unpacker:
    """Of one ledger, whose devices and words it knows by their numbers."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._words: dict[int, str] = dict(database.execute("SELECT id, text FROM main.word"))
        self._devices: dict[int, str] = dict(
            database.execute("SELECT number, entity FROM main.device")
        )
        self._bases: OrderedDict[int, bytes] = OrderedDict()

    def read_from(self, database: sqlite3.Connection) -> None:
        """Read messages by another connection to the same ledger from now on."""
        self._database = database

    def unpack(self, table: str, packed: Content) -> Content:
        """A row without its place in the chain, as it is meant.

        Raises:
            LookupError: a number in it names nothing.
            ValueError: octets are no difference from those of another message.
        """
        shape = PACKED.get(table)
        if shape is None:
            return packed
        row = list(packed)
        row[shape.device] = self.entity(row[shape.device])
        for place in shape.words:
            row[place] = self.text(row[place])
        if table == "message":
            row[BASE : BASE + 2] = [self.octets(row[BASE], row[BASE + 1])]
        return tuple(row)

    def entity(self, device: Value) -> Value:
        """The Entity Identifier of a device that may stand as its number; None of none."""
        return self._devices[device] if isinstance(device, int) else device

    def text(self, word: Value) -> Value:
        """A text that may stand as its number."""
        return self._words[word] if isinstance(word, int) else word

    def octets_of(self, number: int) -> bytes:
        """Of a message by its number.

        Raises:
            ValueError: there is none.
        """
        query = "SELECT base, octets FROM main.message WHERE id = ?"
        row = self._database.execute(query, (number,)).fetchone()
        if row is None:
            raise ValueError(f"there is no message {number}")
        base, packed = row
        return self.octets(base, packed)

    def octets(self, base: Value, packed: Value) -> bytes:
        """Of a message that may be kept as what differs from another."""
        return self._octets(base, packed, _MOST_STEPS)

    def _octets(self, base: Value, packed: Value, steps: int) -> bytes:
        if not isinstance(packed, bytes):
            raise ValueError(f"octets are {packed!r:.40}")  # noqa: TRY004 - a value, not our type
        if base is None:
            return packed
        like = self._base(_number(base), steps)
        return inflated(packed, like) if packed else like

    def _base(self, number: int, steps: int) -> bytes:
        if number in self._bases:
            self._bases.move_to_end(number)
            return self._bases[number]
        query = "SELECT base, octets FROM main.message WHERE id = ?"
        row = self._database.execute(query, (number,)).fetchone()
        if row is None or not steps:
            raise ValueError(f"no message {number} is there to be like")
        base, packed = row
        found = self._octets(base, packed, steps - 1)
        self._bases[number] = found
        if len(self._bases) > _MOST_KEPT:
            self._bases.popitem(last=False)
        return found


def inflated(packed: bytes, base: bytes) -> bytes:
    """The octets of a message, from what differs.

    Raises:
        ValueError: it is no such difference, or it is too long.
    """
    reading = zlib.decompressobj(WINDOW_BITS, zdict=base)
    try:
        octets = reading.decompress(packed, _MOST_OCTETS)
    except zlib.error as error:
        raise ValueError(f"octets are no difference: {error}") from error
    if not reading.eof or reading.unused_data:
        raise ValueError("octets are no difference")
    return octets


def _number(value: Value) -> int:
    if not isinstance(value, int):
        raise ValueError(f"{value!r:.40} is no number")  # noqa: TRY004 - a value, not our type
    return value
