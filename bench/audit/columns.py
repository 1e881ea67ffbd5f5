"""How an estate's own CSV table is read: which column is what, and which words mean what."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from firmware_sim.bench.files.documentation import page
from firmware_sim.bench.files.strict_yaml import read_model, read_text
from firmware_sim.bench.files.terms import Slug, Strict, Type
from firmware_sim.bench.files.yaml_mistakes import Location
from firmware_sim.bench.population.inventory import COLUMNS, RUN_COLUMNS, checked_selector
from firmware_sim.gbcs.roles import DeviceType

SEE: Final = page("audit")

Heading = Annotated[str, Field(min_length=1, max_length=200)]
Selector = Annotated[str, BeforeValidator(checked_selector)]


class ColumnMap(Strict):
    """What the columns of one table mean.

    Attributes:
        device: heading of the column with the Entity Identifier.
        type: heading of the column with the device type.
        cells: a role or cell -> heading of the column that says whose certificate is there.
        generations: a role or cell -> heading of the column with the generation, if it has one of
            its own.
        types: the table's own word -> a device type.
        organisations: the table's own word -> an organisation.
        skip: words in the column of the type; their lines are left out.
        nothing: words that say nothing of a cell; an empty place does so anyway.
        delimiter: between two places of a line.
    """

    device: Heading = "device"
    type: Heading = "type"
    cells: Annotated[Mapping[Selector, Heading], Field(min_length=1)]
    generations: Mapping[Selector, Heading] = {}
    types: Mapping[Heading, Type] = {}
    organisations: Mapping[Heading, Slug] = {}
    skip: tuple[str, ...] = ()
    nothing: tuple[str, ...] = ()
    delimiter: Annotated[str, Field(pattern=r"^[,;|\t]$")] = ","

    @property
    def headings(self) -> tuple[str, ...]:
        """The columns that must be there."""
        return (self.device, self.type, *self.cells.values(), *self.generations.values())

    @classmethod
    def of_header(cls, header: tuple[str, ...]) -> "ColumnMap":
        """Without a file: every column but those of a device is a role or a cell.

        In ``csv/devices.csv`` of a run the owners of each device say it; hubs have no such cell.
        """
        if set(header) >= RUN_COLUMNS:
            owners = {"supplier": "responsible supplier", "networkOperator": "network operator"}
            return cls.model_construct(cells=owners, skip=(DeviceType.CHF.name,))
        named = {name: name for name in header if name not in COLUMNS}
        return cls.model_construct(cells=named)


def read_columns(path: Path) -> ColumnMap:
    """The map in a YAML file.

    Raises:
        UsageError: it cannot be read or is no such map; lists all mistakes.
    """

    def found(read: ColumnMap) -> list[tuple[Location, str]]:
        return [
            (("generations", key), f"{key!r} stands under generations, and not under cells")
            for key in read.generations
            if key not in read.cells
        ]

    return read_model(read_text(path, "column map"), str(path), ColumnMap, SEE, found)
