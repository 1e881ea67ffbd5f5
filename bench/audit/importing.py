"""An inventory read device by device: a table of any length takes memory for its identifiers only.

The whole file is read once before any device is asked, so that what is wrong in it is told first.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from typing import Final, NamedTuple, TextIO

from pydantic import ValidationError

from firmware_sim.bench.audit.columns import SEE, ColumnMap
from firmware_sim.bench.audit.identifiers_seen import IdentifiersSeen
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.foreign_text import in_one_line
from firmware_sim.bench.files.strict_yaml import MistakesError, read_model, read_text
from firmware_sim.bench.files.terms import Strict
from firmware_sim.bench.files.yaml_loader import Mistake
from firmware_sim.bench.files.yaml_mistakes import Location, suggestion
from firmware_sim.bench.population.inventory import COLUMNS, DeviceEntry, checked_selector
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId

MAX_LINE: Final = 1 << 16
"""Characters of one line of a table."""

MAX_MISTAKES: Final = 20
"""So many are told; then reading ends."""

_NAMES_SHOWN: Final = 10

_ORGANISATION: Final = re.compile(r"(\S+( \d+)?)?")
"""With or without its generation; nothing else needs the column map's words."""

_YAML: Final = (".yaml", ".yml", ".json")

Check = Callable[[DeviceEntry], Iterable[str]]
"""What is wrong with an entry that is well formed."""


class EstateRow(NamedTuple):
    """One device, and the line of the file that it stands in; 0 in YAML or JSON."""

    line: int
    entry: DeviceEntry


class DevicesFile(Strict):
    """An inventory in YAML or JSON."""

    devices: tuple[DeviceEntry, ...]


class EstateFile:
    """An inventory in a file, to be read as often as wanted.

    Args:
        columns: what the columns of a CSV table are; None if their headings say it.

    Attributes:
        skipped: lines that `skip` of the columns left out, in the reading that is the latest.

    Raises:
        UsageError: it is no file that can be read twice.
    """

    def __init__(self, path: Path, columns: ColumnMap | None = None) -> None:
        self._path = path
        self._columns = columns
        self._unlisted: set[EntityId] = set()
        self.skipped = 0
        try:
            is_file = S_ISREG(path.stat().st_mode)
        except OSError as error:
            raise UsageError(
                f"cannot read {path}: {error.strerror}", "give an inventory"
            ) from error
        if not is_file:
            raise UsageError(f"{path} is no file", "give an inventory that can be read twice")
        if columns is not None and path.suffix in _YAML:
            raise UsageError("--columns is for a CSV table", f"leave it out for {path.name}")

    def check(self, check: Check) -> int:
        """Read all of it; how many devices it has.

        Raises:
            UsageError: it cannot be read, or entries are wrong: no or another Entity Identifier,
                a device twice, an unknown type or organisation; tells the first 20, with lines.
        """
        wrong: list[Mistake] = []
        number = sum(1 for _ in self._checked(check, wrong))
        if wrong:
            raise MistakesError(str(self._path), wrong, SEE)
        if not number:
            raise UsageError(f"{self._path} names no device", f"see {SEE}")
        return number

    def rows(self, check: Check) -> Iterator[EstateRow]:
        """The devices in order; raises as `check` at the first mistake."""
        wrong: list[Mistake] = []
        for row in self._checked(check, wrong):
            if wrong:
                break
            yield row
        if wrong:
            raise MistakesError(str(self._path), wrong, SEE)

    def unlisted(self, check: Check, devices: Iterable[EntityId]) -> int:
        """How many of some devices no line of the file names; raises as `check`."""
        self._unlisted = set(devices)
        for row in self.rows(check):
            self._unlisted.discard(row.entry.device)
        return len(self._unlisted)

    def _skip(self, device: str) -> None:
        """A line is left out; it names a device all the same."""
        self.skipped += 1
        with suppress(LocalError):
            self._unlisted.discard(EntityId.parse(device))

    def _checked(self, check: Check, wrong: list[Mistake]) -> Iterator[EstateRow]:
        """Every device of which nothing is wrong; mistakes are added to `wrong`."""
        seen = IdentifiersSeen()
        for row in self._read(wrong):
            found = [] if seen.add(row.entry.device) else [f"{row.entry.device} stands here twice"]
            found += check(row.entry)
            wrong += [Mistake(row.line or 1, str(row.entry.device), text) for text in found]
            if len(wrong) >= MAX_MISTAKES:
                return
            if not found:
                yield row

    def _read(self, wrong: list[Mistake]) -> Iterator[EstateRow]:
        self.skipped = 0
        if self._path.suffix in _YAML:
            text = read_text(self._path, "inventory")
            for entry in read_model(text, str(self._path), DevicesFile, SEE, _twice).devices:
                yield EstateRow(0, entry)
            return
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                yield from _table(file, str(self._path), self._columns, wrong, self._skip)
        except OSError as error:
            text = f"cannot read {self._path}: {error.strerror}"
            raise UsageError(text, "give an inventory") from error


def _twice(file: DevicesFile) -> Iterator[tuple[Location, str]]:
    seen = IdentifiersSeen()
    for number, entry in enumerate(file.devices):
        if not seen.add(entry.device):
            yield ("devices", number, "device"), f"{entry.device} stands here twice"


def _table(
    file: TextIO,
    origin: str,
    columns: ColumnMap | None,
    wrong: list[Mistake],
    skip: Callable[[str], None],
) -> Iterator[EstateRow]:
    delimiter = "," if columns is None else columns.delimiter
    table = csv.DictReader(_lines(file), strict=True, delimiter=delimiter)
    try:
        header = tuple(table.fieldnames or ())
        chosen = ColumnMap.of_header(header) if columns is None else columns
        _check_header(header, chosen, origin, is_mapped=columns is not None)
        for row in table:
            if (row.get(chosen.type) or "").strip() in chosen.skip:
                skip((row.get(chosen.device) or "").strip())
                continue
            found = _entry(row, chosen, table.line_num)
            if isinstance(found, EstateRow):
                yield found
                continue
            wrong += found
            if len(wrong) >= MAX_MISTAKES:
                return
    except (csv.Error, UnicodeDecodeError) as error:
        problem = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        text = f"{origin}, line {table.line_num + 1}: no CSV table: {problem}"
        raise UsageError(text, f"see {SEE}") from error


def _lines(file: TextIO) -> Iterator[str]:
    """Lines, none of which fills the memory."""
    while line := file.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise csv.Error(f"a line of over {MAX_LINE:,} characters")
        yield line


def _check_header(
    header: tuple[str, ...], columns: ColumnMap, origin: str, *, is_mapped: bool
) -> None:
    wrong = [
        f"has no column {name!r}{suggestion(name, header)}"
        for name in columns.headings
        if name not in header
    ]
    if len(set(header)) < len(header):
        wrong.append("has a column twice")
    if not is_mapped:
        wrong += [text for name in columns.cells if (text := _no_cell(name))]
    if not columns.cells:
        wrong.append("has no column of a role or cell")
    if wrong and not is_mapped:
        wrong[-1] += "; headings of your own need a map: --columns FILE"
    if wrong:
        mistakes = [Mistake(1, "", in_one_line(f"the table {text}")) for text in wrong]
        raise MistakesError(origin, mistakes[:MAX_MISTAKES], SEE)


def _no_cell(name: str) -> str:
    try:
        checked_selector(name)
    except ValueError:
        near = suggestion(name, (*COLUMNS, "supplier", "networkOperator", "accessControlBroker"))
        return f"has a column {name!r}, which is neither a role nor a cell{near}"
    return ""


def _entry(row: dict[str, str | None], columns: ColumnMap, line: int) -> EstateRow | list[Mistake]:
    if None in row or None in row.values():
        return [Mistake(line, "", "has not as many places as the first line has columns")]
    texts = {name: (text or "").strip() for name, text in row.items()}
    if unknown := [Mistake(line, *each) for each in _unknown_names(texts, columns)]:
        return unknown
    kind = texts[columns.type]
    mapped = columns.types.get(kind)
    fields = {
        "device": texts[columns.device],
        "type": kind if mapped is None else mapped.name,
        "cells": dict(_cells(texts, columns)),
    }
    try:
        return EstateRow(line, DeviceEntry.model_validate(fields))
    except ValidationError as error:
        return [
            Mistake(
                line,
                ".".join(map(str, each["loc"])),
                in_one_line(each["msg"].removeprefix("Value error, ")),
            )
            for each in error.errors(include_url=False)
        ]


def _unknown_names(texts: dict[str, str], columns: ColumnMap) -> Iterator[tuple[str, str]]:
    """Each place with a name of several words that the column map does not translate."""
    for heading in columns.cells.values() if columns.organisations else ():
        text, known = texts[heading], columns.organisations
        if text not in known and text not in columns.nothing and not _ORGANISATION.fullmatch(text):
            problem = f"{text!r:.80} is not under organisations in the column map"
            names = ", ".join(sorted(known)[:_NAMES_SHOWN])
            yield heading, in_one_line(f"{problem}{suggestion(text, known)}; it has {names}")


def _cells(texts: dict[str, str], columns: ColumnMap) -> Iterator[tuple[str, str]]:
    for key, heading in columns.cells.items():
        text = texts[heading]
        if not text or text in columns.nothing:
            continue
        name = columns.organisations.get(text, text)
        generation = texts[columns.generations[key]] if key in columns.generations else ""
        yield key, f"{name} {generation}" if generation else name
