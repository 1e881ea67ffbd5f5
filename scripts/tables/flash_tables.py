"""Markdown tables of the flash image: its structures field by field, its records, its parts."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from firmware_sim.machine.flash.geometry import NAMED
from firmware_sim.machine.image.fields import fields
from firmware_sim.machine.image.layout import (
    BODIES,
    BODY_OCTETS,
    COMMIT,
    ENTRY_HEADER,
    ENTRY_HEADER_OCTETS,
    SUPERBLOCK,
)
from firmware_sim.machine.image.records import SECRET_KINDS
from scripts.tables import table

if TYPE_CHECKING:
    from construct import Construct

_FIELD_HEADER = ("offset", "octets", "field")


def superblock_table() -> str:
    """The head of an area."""
    return table(_FIELD_HEADER, _fields(SUPERBLOCK))


def entry_table() -> str:
    """What stands before the body of a record."""
    return table(_FIELD_HEADER, _fields(ENTRY_HEADER))


def commit_table() -> str:
    """What ends a transaction."""
    return table(_FIELD_HEADER, _fields(COMMIT))


def records_table() -> str:
    """Every kind of record and its size with the header."""
    rows = (
        (
            f"{kind.value:02X}",
            _words(kind.name),
            str(ENTRY_HEADER_OCTETS + BODY_OCTETS[kind]),
            "yes" if kind in SECRET_KINDS else "",
        )
        for kind in BODIES
    )
    return table(("kind", "record", "octets", "erased when superseded"), rows)


def bodies_table() -> str:
    """Every field of every body."""
    rows = ((_words(kind.name), *row) for kind, body in BODIES.items() for row in _fields(body))
    return table(("record", *_FIELD_HEADER), rows)


def geometries_table() -> str:
    """The named parts."""
    rows = (
        (
            f"`{name}`",
            str(len(part.block_sizes)),
            ", ".join(str(size) for size in sorted(set(part.block_sizes))),
            str(part.areas[0].size),
            str(part.write_unit),
            str(part.programs_per_unit),
            f"{part.erased_value:02X}",
        )
        for name, part in NAMED.items()
    )
    header = ("name", "blocks", "octets a block", "an area", "unit", "programs a unit", "erased")
    return table(header, rows)


FLASH_TABLES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "flash-superblock": superblock_table,
        "flash-entry": entry_table,
        "flash-commit": commit_table,
        "flash-records": records_table,
        "flash-bodies": bodies_table,
        "flash-geometries": geometries_table,
    }
)


def _fields(structure: "Construct[Any, Any]") -> Iterator[tuple[str, str, str]]:
    for field in fields(structure):
        name = f"`{field.name}`" if field.name else "zero octets"
        yield str(field.offset), str(field.octets), name


def _words(name: str) -> str:
    return name.lower().replace("_", " ")
