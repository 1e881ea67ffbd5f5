"""The chain of a ledger: each row carries the beginning of the digest of the row before it.

Rows are only ever added. So a row that was changed, left out, put in or moved shows at the next
one, and the digest of the last row stands for all: it is in the manifest of the run, in full.

A row's digest is SHA-256 over the name of its table and then its values, `previous` included, in
the order of the columns. `previous` is the first 16 octets of the digest of the row before: to find
another row with the same is as hard as to find a key of 128 bits. Each value is one letter for its
kind (``n`` none, ``i`` whole number, ``f`` floating point, ``s`` text, ``b`` octets), its length in
octets as eight octets, big-endian, and its content: numbers in decimal digits, floating point as
Python's ``float.hex`` has it, text in UTF-8. The first row's `previous` is 16 zero octets.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from heapq import merge
from struct import Struct
from typing import Final, NamedTuple

Value = str | int | float | bytes | None

START: Final = bytes(32)

MARK_OCTETS: Final = 16
_BEGINNING: Final = "the beginning"

_HEAD: Final = Struct(">cQ").pack
_SHORT: Final = 4096


class _Heads(dict[int, bytes]):
    """Length of a content -> letter and length before it; those of short contents are kept."""

    def __init__(self, letter: bytes) -> None:
        super().__init__((length, _HEAD(letter, length)) for length in range(64))
        self._letter = letter

    def __missing__(self, length: int) -> bytes:
        head = _HEAD(self._letter, length)
        if length < _SHORT:
            self[length] = head
        return head


_NONE: Final = _HEAD(b"n", 0)
_WHOLE, _FLOATING, _TEXT, _OCTETS = map(_Heads, (b"i", b"f", b"s", b"b"))
_SMALL: Final = {number: _WHOLE[len(b"%d" % number)] + b"%d" % number for number in range(2048)}
"""Letter, length and digits of whole numbers as steps, devices and words have them."""


class ChainHead(NamedTuple):
    """How many rows a chain has, and the digest of the last one."""

    rows: int = 0
    digest: bytes = START

    @property
    def mark(self) -> bytes:
        """What the next row carries of the digest: 16 octets."""
        return self.digest[:MARK_OCTETS]

    def after(self, table: str, values: Iterable[Value]) -> "ChainHead":
        """The head once this row is added; its last value is the mark of this head."""
        return ChainHead(self.rows + 1, row_digest(table, values))


class ChainBreak(NamedTuple):
    """Where a chain does not hold.

    Attributes:
        row: a table and a row's place in the chain, e.g. ``verdict row 7``; places begin at 0.
        problem: what is wrong there, in words.
    """

    row: str
    problem: str


class ChainRow(NamedTuple):
    """One row of a chain; its last two values are its place and the digest of the row before."""

    place: int
    table: str
    values: tuple[Value, ...]

    def __str__(self) -> str:
        return f"{self.table} row {self.place}"


def row_digest(table: str, values: Iterable[Value]) -> bytes:
    """The digest of one row, 32 octets."""
    parts = [_name(table)]
    add, small = parts.append, _SMALL
    # There are millions of values: asked by how often each kind comes, without a call for each.
    for value in values:
        if type(value) is int or type(value) is bool:
            if value in small:
                add(small[value])
                continue
            content, heads = b"%d" % value, _WHOLE
        elif type(value) is bytes:
            content, heads = value, _OCTETS
        elif type(value) is str:
            # A stranger's ledger may hold what is no text; its digest is then another, no error.
            content, heads = value.encode("utf-8", "surrogatepass"), _TEXT
        elif type(value) is float:
            content, heads = value.hex().encode(), _FLOATING
        else:
            add(_NONE)
            continue
        add(heads[len(content)])
        add(content)
    return sha256(b"".join(parts)).digest()


def follow_chain(
    database: sqlite3.Connection, tables: Iterable[str]
) -> tuple[ChainHead, ChainBreak | None]:
    """Go along the whole chain: its head, and the first place where it does not hold.

    Raises:
        sqlite3.Error: a table is not there, or has no place in the chain.
    """
    head, before = ChainHead(), None
    chain = chain_rows(database, tables)
    for link in chain:
        if link.place > head.rows:
            return head, ChainBreak(f"row {head.rows}", f"is missing, after {before or _BEGINNING}")
        if link.place < head.rows:
            return head, ChainBreak(str(link), "stands twice in the chain")
        if link.values[-1] != head.mark:
            return head, _blamed(str(before or _BEGINNING), link, next(chain, None), head)
        head, before = head.after(link.table, link.values), link
    return head, None


def chain_rows(database: sqlite3.Connection, tables: Iterable[str]) -> Iterator[ChainRow]:
    """Every row of the tables, in the order in which they were written.

    Raises:
        sqlite3.Error: a table is not there, or has no place in the chain.
    """
    links = (_links(database, table) for table in sorted(tables))
    return merge(*links, key=lambda link: link.place)


def last_head(database: sqlite3.Connection, tables: Iterable[str]) -> ChainHead:
    """The head as the last row alone gives it; whether the chain holds, `follow_chain` says.

    Raises:
        sqlite3.Error: a table is not there, or has no place in the chain.
    """
    last = (_last(database, table) for table in sorted(tables))
    found = max((each for each in last if each is not None), key=lambda each: each.place)
    return ChainHead(found.place + 1, row_digest(found.table, found.values))


def _last(database: sqlite3.Connection, table: str) -> ChainRow | None:
    # The table is one of our own names, never input.
    query = f"SELECT * FROM main.{table} ORDER BY rowid DESC LIMIT 1"  # noqa: S608
    return next((_link(table, values) for values in database.execute(query)), None)


def _blamed(before: str, link: ChainRow, following: ChainRow | None, head: ChainHead) -> ChainBreak:
    """Which of two rows was altered, where the second was not written after the first.

    If what follows was written after the second as it stands, the second is sound.
    """
    after = head.after(link.table, link.values).mark
    if following is not None and following.values[-1] != after:
        return ChainBreak(str(link), f"was not written after {before}")
    return ChainBreak(before, f"is not what {link} was written after")


def _links(database: sqlite3.Connection, table: str) -> Iterator[ChainRow]:
    """Rows of one table in the order of their places; the last two columns are the chain's."""
    # The table is one of our own names, never input.
    cursor = database.execute(f"SELECT * FROM main.{table} ORDER BY place")  # noqa: S608
    for values in cursor:
        yield _link(table, values)


def _link(table: str, values: tuple[Value, ...]) -> ChainRow:
    place = values[-2]
    if not isinstance(place, int):
        raise sqlite3.DataError(f"{table} has a place {place!r:.40}")
    return ChainRow(place, table, values)


@cache
def _name(table: str) -> bytes:
    return _HEAD(b"s", len(table)) + table.encode()
