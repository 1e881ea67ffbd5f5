"""`inventory` of a story: what those who keep it say of each device, from a file.

A CSV table, or the same entries in YAML. Its SMI Status and Responsible Supplier hold. Of a device
that it leaves out, nothing is believed.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path, PurePath
from typing import Annotated, Any, Final, NamedTuple

import yaml
from pydantic import BeforeValidator, Field, PlainValidator, ValidationError

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.documentation import page
from firmware_sim.bench.files.strict_yaml import MistakesError, read_model, read_text
from firmware_sim.bench.files.terms import Slug, Strict, Type
from firmware_sim.bench.files.whole_files import read_bounded
from firmware_sim.bench.files.yaml_loader import Mistake
from firmware_sim.bench.files.yaml_mistakes import Location, mistakes_in, suggestion
from firmware_sim.bench.population.estate import CellData, Estate, EstateDevice, HeldData
from firmware_sim.bench.population.schema import DCC, Population
from firmware_sim.bench.population.smi import Smi
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId

MAX_OCTETS: Final = 1 << 26
"""Of a CSV table: some 500,000 devices."""

COLUMNS: Final = ("device", "type", "smi status", "responsible supplier")
"""Columns that a CSV table must have; every other is a role or a cell, e.g. ``supplier.KA``."""

RUN_COLUMNS: Final = frozenset({
    "premises", "verdict", "outcome", "recovered after s", "cells replaced", "cells unchanged",
    "cells not read", "first problem", "reason", "image before", "image after",
    "network operator", "relevant", "affected cells",
})  # fmt: skip
"""What ``csv/devices.csv`` of a run has besides; where all stand, they say nothing of cells."""

_YAML: Final = (".yaml", ".yml", ".json")
_SEE: Final = page("population")


class BelievedData(NamedTuple):
    """An organisation's certificate as a file writes it: ``alpha``, or ``alpha 2``."""

    organisation: str
    generation: int = 1


def _entity(value: object) -> EntityId:
    try:
        return EntityId.parse(value if isinstance(value, str) else "")
    except LocalError:
        raise ValueError(f"{value!r} is no Entity Identifier of 16 hexadecimal digits") from None


def _believed(value: object) -> BelievedData:
    name, _, number = value.partition(" ") if isinstance(value, str) else ("", "", "")
    if not name or (number and not (number.isascii() and number.isdecimal() and int(number) > 0)):
        raise ValueError(f"{value!r} is neither an organisation nor one with a generation: alpha 2")
    return BelievedData(name, int(number or 1))


def checked_selector(value: object) -> object:
    """A role or a cell as a file writes it; ValueError for anything else."""
    try:
        if value not in {role.label for role in RemotePartyRole}:
            TrustAnchorCellId.parse(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is neither a role nor a cell, e.g. supplier.KA") from None
    return value


class DeviceEntry(Strict):
    """What an inventory believes of the cells of one device.

    Attributes:
        cells: by role or cell, whose certificate is believed to be there; later ones decide.
    """

    device: Annotated[EntityId, PlainValidator(_entity)]
    type: Type
    cells: Mapping[
        Annotated[str, BeforeValidator(checked_selector)],
        Annotated[BelievedData, PlainValidator(_believed)],
    ] = {}


class InventoryEntry(DeviceEntry):
    """One device of a story's inventory."""

    smi_status: Annotated[Smi, Field(alias="smi status")]
    responsible_supplier: Annotated[Slug, Field(alias="responsible supplier")]


class InventoryFile(Strict):
    """An inventory in YAML."""

    devices: tuple[InventoryEntry, ...]


def inventory_text(path: Path) -> str:
    """The text of an inventory file: a CSV table of up to 64 MiB, or YAML of up to 1 MiB.

    Raises:
        UsageError: it cannot be read, is longer, or is not UTF-8.
    """
    if path.suffix in _YAML:
        return read_text(path, "inventory")
    try:
        return read_bounded(path, MAX_OCTETS, "inventory file").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = f"{path} is no CSV table: it is not UTF-8"
        raise UsageError(text, f"see {_SEE}") from error


def read_inventory(path: Path, population: Population, estate: Estate) -> Estate:
    """The estate as the inventory in a file describes it; see `described_by`.

    Raises:
        UsageError: the file cannot be read, or see there.
    """
    return described_by(inventory_text(path), str(path), population, estate)


def described_by(text: str, origin: str, population: Population, estate: Estate) -> Estate:
    """The estate as an inventory describes it; what cells hold stays as it is.

    Args:
        origin: what errors call the text; the name of its file, whose ending tells its form.

    Raises:
        UsageError: it is no such text, or an entry is wrong: no Entity Identifier, a device twice,
            one that this population does not have, an unknown organisation; lists all.
    """

    def found(file: InventoryFile) -> Iterator[tuple[Location, str]]:
        yield from _mistakes(file.devices, population, estate)

    if PurePath(origin).suffix in _YAML:
        file = read_model(text, origin, InventoryFile, _SEE, found)
        return _described(file.devices, estate)
    lines, entries = _rows(text, origin)
    wrong = [
        Mistake(lines[number], ".".join(map(str, keys)), problem)
        for (_, number, *keys), problem in found(InventoryFile.model_construct(devices=entries))
        if isinstance(number, int)
    ]
    if wrong:
        raise MistakesError(origin, wrong, _SEE)
    return _described(entries, estate)


def _rows(text: str, origin: str) -> tuple[list[int], tuple[InventoryEntry, ...]]:
    """The entries of a CSV table, and the line of each."""
    try:
        # A table of a run, or of a spreadsheet, begins with a byte order mark.
        table = csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
        header = table.fieldnames or ()
        rows = [(table.line_num, row) for row in table]
    except csv.Error as error:
        raise UsageError(f"{origin} is no CSV table: {error}", f"see {_SEE}") from error
    missing = [name for name in COLUMNS if name not in header]
    if missing or len(set(header)) < len(header):
        problem = f"lacks the column {missing[0]!r}" if missing else "has a column twice"
        raise UsageError(f"{origin} {problem}", f"see {_SEE}")
    read = [_entry(line, row) for line, row in rows]
    wrong = [mistake for found in read if isinstance(found, list) for mistake in found]
    if wrong:
        raise MistakesError(origin, wrong, _SEE)
    entries = tuple(found for found in read if isinstance(found, InventoryEntry))
    return [line for line, _ in rows], entries


def _entry(line: int, row: dict[str | Any, str | Any]) -> InventoryEntry | list[Mistake]:
    """One row; an empty place under a role or cell says nothing of it."""
    if None in row or None in row.values():
        return [Mistake(line, "", "has not as many places as the first line has columns")]
    others = {*COLUMNS, *(RUN_COLUMNS if row.keys() >= RUN_COLUMNS else ())}
    cells = {name: text for name, text in row.items() if name not in others and text}
    fields = {name: row[name] for name in COLUMNS} | {"cells": cells}
    try:
        return InventoryEntry.model_validate(fields)
    except ValidationError as error:
        root = yaml.compose(json.dumps(fields))
        return [each._replace(line=line) for each in mistakes_in(error, root, InventoryEntry)]


def _mistakes(
    entries: Iterable[InventoryEntry], population: Population, estate: Estate
) -> Iterator[tuple[Location, str]]:
    names = {DCC, *(name for held in population.organisations.values() for name in held)}
    suppliers = population.organisations[RemotePartyRole.SUPPLIER]
    seen: set[EntityId] = set()
    for number, entry in enumerate(entries):
        path = ("devices", number)
        if entry.device in seen:
            yield (*path, "device"), f"{entry.device} stands here twice"
        elif entry.device not in estate:
            yield (*path, "device"), f"{entry.device} is no device of this population"
        elif estate[entry.device].device_type is not entry.type:
            kind = estate[entry.device].device_type.name
            yield (*path, "type"), f"{entry.device} is of type {kind}, not {entry.type.name}"
        seen.add(entry.device)
        if entry.responsible_supplier not in suppliers:
            name = entry.responsible_supplier
            text = f"{name!r} is no supplier of this population{suggestion(name, suppliers)}"
            yield (*path, "responsible supplier"), text
        for key, data in entry.cells.items():
            if data.organisation not in names:
                text = f"{data.organisation!r} is no organisation of this population"
                yield (*path, "cells", key), text + suggestion(data.organisation, names)


def _described(entries: Iterable[InventoryEntry], estate: Estate) -> Estate:
    known = {entry.device: entry for entry in entries}

    def described(device: EstateDevice) -> EstateDevice:
        entry = known.get(device.entity_id)
        if entry is None:
            return replace(device, believed={})
        return replace(
            device,
            smi_status=entry.smi_status,
            responsible_supplier=entry.responsible_supplier,
            believed=_data(entry, device),
        )

    return estate.changed(described)


def _data(entry: InventoryEntry, device: EstateDevice) -> CellData:
    return {
        cell: in_cell(cell, believed)
        for cell in device.holds
        for key, believed in entry.cells.items()
        if key in (str(cell), cell.role.label)
    }


def in_cell(cell: TrustAnchorCellId, believed: BelievedData) -> HeldData:
    """What a cell holds by an inventory.

    The DCC's certificate in another party's cell is the Access Control Broker's.
    """
    theirs = (RemotePartyRole.SUPPLIER, RemotePartyRole.NETWORK_OPERATOR)
    if believed.organisation == DCC and cell.role in theirs:
        broker = RemotePartyRole.ACCESS_CONTROL_BROKER
        return HeldData(DCC, TrustAnchorCellId(broker, cell.key_usage), believed.generation)
    return HeldData(believed.organisation, cell, believed.generation)
