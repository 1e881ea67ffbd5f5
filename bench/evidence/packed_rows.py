"""The rows of the packed tables as values, for records of thousands of devices.

What stands in these rows are mostly numbers of devices and words. So each device and each word of a
column is looked up, and checked as `columns` has it, once; what is worked out from a message's own
octets needs no check. Whatever is not as it must be raises what `opening.opened` tells in one line.
"""

import sqlite3
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final, Protocol, get_type_hints

from pydantic import BaseModel, create_model

from firmware_sim.bench.evidence.chain import Value
from firmware_sim.bench.evidence.describing import EntityNames, described, digest_of
from firmware_sim.bench.evidence.record_rows import CheckRow, MessageRow, RefusalRow
from firmware_sim.bench.evidence.unpacking import Unpacker

_MESSAGES: Final = """
SELECT id, step, device, direction, at, base, octets, summary FROM main.message ORDER BY id
"""
_REFUSALS: Final = "SELECT step, device, at, reason, text FROM main.refusal ORDER BY id"
_CHECKS: Final = """
SELECT step, device, at, name, verdict, expected, actual, reason, microseconds
FROM main.verdict ORDER BY id
"""

_MICRO: Final = 1e6

_SHORTEST_WORD: Final = 2
"""Shorter texts stand as they are, each time."""


class Heard(Protocol):
    """Is told of each message of a ledger, in order, while its octets are at hand."""

    def __call__(self, message: MessageRow, octets: bytes, /) -> None: ...


class _Column(dict[Value, Any]):
    """Packed value -> what it means, checked; a text that is no word comes once, and is not kept.

    SQLite gives ``1.0`` for a number that a stranger wrote so: it names what 1 names, once that is
    known.
    """

    def __init__(self, form: type, name: str, meaning: Callable[[Value], Value]) -> None:
        super().__init__()
        self._model = _model(form, name)
        self._name = name
        self._meaning = meaning

    def __missing__(self, packed: Value) -> Any:
        found = self.checked(self._meaning(packed))
        if not isinstance(packed, str) or len(packed) < _SHORTEST_WORD:
            self[packed] = found
        return found

    def checked(self, value: Value) -> Any:
        """A value as the column has it."""
        return getattr(self._model.model_validate({self._name: value}), self._name)


def message_rows(
    database: sqlite3.Connection, *, with_octets: bool, heard: Heard | None = None
) -> Iterator[MessageRow]:
    """The messages as the record has them, each unpacked and read once.

    Args:
        with_octets: as hexadecimal digits; else None.
    """
    unpacker, name = Unpacker(database), EntityNames().__getitem__
    columns = _columns(MessageRow, unpacker)
    numbers, steps, devices = map(columns, ("id", "step", "device"))
    ways, times, summaries = map(columns, ("direction", "at", "summary"))
    for number, step, device, way, at, base, packed, summary in database.execute(_MESSAGES):
        octets = unpacker.octets(base, packed)
        row = MessageRow(
            number if type(number) is int and number >= 0 else numbers.checked(number),
            steps[step], devices[device], ways[way], times[at],
            *described(octets, name), len(octets), digest_of(octets), False, summaries[summary],
            octets.hex() if with_octets else None,
        )  # fmt: skip
        if heard is not None:
            heard(row, octets)
        yield row


def refusal_rows(database: sqlite3.Connection) -> Iterator[RefusalRow]:
    """The refusals as the record has them."""
    columns = _columns(RefusalRow, Unpacker(database))
    steps, devices, times = map(columns, ("step", "device", "at"))
    reasons, texts = map(columns, ("reason", "text"))
    for step, device, at, reason, text in database.execute(_REFUSALS):
        yield RefusalRow(steps[step], devices[device], times[at], reasons[reason], texts[text])


def check_rows(database: sqlite3.Connection) -> Iterator[CheckRow]:
    """The checks as the record has them."""
    columns = _columns(CheckRow, Unpacker(database))
    steps, devices, times, names = map(columns, ("step", "device", "at", "name"))
    verdicts, expectations, results = map(columns, ("verdict", "expected", "actual"))
    reasons, seconds = map(columns, ("reason", "seconds"))
    for step, device, at, name, verdict, expected, actual, reason, took in database.execute(
        _CHECKS
    ):
        yield CheckRow(
            steps[step], devices[device], times[at], names[name], verdicts[verdict],
            expectations[expected], results[actual], reasons[reason],
            took / _MICRO if type(took) is int and took >= 0 else seconds.checked(took),
        )  # fmt: skip


def _columns(form: type, unpacker: Unpacker) -> Callable[[str], _Column]:
    """What makes the columns of a kind of rows: some are numbers, in all others are words."""
    meanings = {"device": unpacker.entity, "id": _itself, "step": _itself, "seconds": _itself}

    def column(name: str) -> _Column:
        return _Column(form, name, meanings.get(name, unpacker.text))

    return column


def _itself(value: Value) -> Value:
    return value


@cache
def _model(form: type, name: str) -> type[BaseModel]:
    """What checks one column of a kind of rows, and names it in an error."""
    fields: dict[str, Any] = {name: (get_type_hints(form, include_extras=True)[name], ...)}
    return create_model(form.__name__, **fields)
