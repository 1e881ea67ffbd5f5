"""How the rows of a ledger are made small: what many have in common stands once.

A device is named by its number. A text that has stood in a row before gets a row of its own in
``word`` when it comes again, and a number in its place from then on. A message that is the octets
of an earlier one names that; one of the length of another in its step and direction is kept as what
differs from the first of these: raw deflate (RFC 1951) with its octets as dictionary. All this
follows from the rows before, so that a run which is played again packs alike.
"""

import zlib
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Final, NamedTuple

from firmware_sim.bench.evidence.chain import Value

Content = tuple[Value, ...]
"""A row as it is meant: with Entity Identifiers, texts and whole messages."""


class PackedColumns(NamedTuple):
    """Where a packed row has what is looked up: its device, and texts that may be numbers."""

    device: int
    words: tuple[int, ...]


PACKED: Final[Mapping[str, PackedColumns]] = {
    "message": PackedColumns(2, (3, 4, 7)),
    "refusal": PackedColumns(2, (3, 4, 5)),
    "cell": PackedColumns(0, (1, 2, 4)),
    "verdict": PackedColumns(2, (3, 4, 5, 6, 7, 8)),
    "flash": PackedColumns(0, (1, 3, 5, 6)),
}
BASE: Final = 5
"""Where a packed message has the number of the one that it is like; octets come next."""

WINDOW_BITS: Final = -13
"""Raw deflate with 8,192 octets to look back: a message and one like it."""

_LEVEL, _MEMORY = 6, 5
_MOST_CHARACTERS: Final = 4096
_LONG: Final = 256
"""So long a message is looked for among those before it: attackers and waves send it again."""


class Packer:
    """Packs the rows of one ledger, in the order in which they are written.

    Args:
        add_word: writes a row of ``word``, and gives its number.
    """

    def __init__(self, add_word: Callable[[str], int]) -> None:
        self._add_word = add_word
        self._seen: set[str] = set()
        self._words: dict[Value, int] = {}
        self._devices: dict[str, int] = {}
        self._like: dict[tuple[Value, Value, int], tuple[int, bytes]] = {}
        self._long: dict[bytes, int] = {}

    def pack(self, table: str, content: Content) -> Content:
        """The row as it is stored; words that it needs are written first."""
        shape = PACKED.get(table)
        if shape is None:
            return content
        row = list(_split(content) if table == "message" else content)
        if table == "message":
            row[BASE], row[BASE + 1] = self._octets(row)
        row[shape.device] = self._device(row[shape.device])
        known = self._words
        for place in shape.words:
            # Nearly every text of a large run is known by now, or empty.
            if text := row[place]:
                row[place] = known.get(text) or self._word(text)
        return tuple(row)

    def stored(self, table: str, number: int, content: Content) -> None:
        """A row was stored under that number: what comes later may refer to it."""
        if table == "message":
            self._learn_message(number, _split(content))
        elif table == "device":
            self._devices[str(content[1])] = number

    def knows(self, table: str, number: int, content: Content, packed: Content) -> None:
        """As `stored`, of a row that stands in the ledger already."""
        if table == "word":
            self._words[str(content[1])] = number
        self.stored(table, number, content)
        shape = PACKED.get(table)
        for place in () if shape is None else shape.words:
            text = packed[place]
            if isinstance(text, str) and _is_kept(text):
                self._seen.add(text)

    def _device(self, entity: Value) -> Value:
        """Its number; one that does not take part by itself, and None of none, as they are."""
        return self._devices.get(entity, entity) if isinstance(entity, str) else entity

    def _word(self, text: Value) -> Value:
        if not isinstance(text, str) or not _is_kept(text):
            return text
        number = self._words.get(text)
        if number is None:
            if text not in self._seen:
                self._seen.add(text)
                return text
            number = self._words[text] = self._add_word(text)
        return number

    def _octets(self, row: list[Value]) -> tuple[int | None, bytes]:
        octets = _octets_of(row)
        if len(octets) >= _LONG:
            same = self._long.get(_key(octets))
            if same is not None:
                return same, b""
        like = self._like.get((row[1], row[3], len(octets)))
        if like is None:
            return None, octets
        number, base = like
        return number, deflated(octets, base)

    def _learn_message(self, number: int, row: list[Value]) -> None:
        octets = _octets_of(row)
        self._like.setdefault((row[1], row[3], len(octets)), (number, octets))
        if len(octets) >= _LONG:
            self._long.setdefault(_key(octets), number)


def deflated(octets: bytes, base: bytes) -> bytes:
    """What octets have that those of another message have not; never empty."""
    packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, WINDOW_BITS, _MEMORY, zdict=base)
    return packing.compress(octets) + packing.flush()


def _split(content: Content) -> list[Value]:
    """A message as it is meant, with a place for its base."""
    return [*content[:BASE], None, *content[BASE:]]


def _octets_of(row: list[Value]) -> bytes:
    octets = row[BASE + 1]
    return octets if isinstance(octets, bytes) else b""


def _key(octets: bytes) -> bytes:
    return blake2b(octets, digest_size=16).digest()


def _is_kept(text: str) -> bool:
    """Whether a text gets a number when it comes again: not if it is as short as a number."""
    return 1 < len(text) <= _MOST_CHARACTERS
