"""What is told of an audit that a step made: how many cells of each sort, and which."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints

from firmware_sim.bench.evidence.columns import CellName, Entity, Kind, Number, Time, Words

StepName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
Sorts = Annotated[dict[Words, Number], Field(max_length=20)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTold:
    """An audit that a step made.

    Attributes:
        answered: devices with a verified answer.
        sorts: of cells, every sort named, with how many there are.
    """

    step: StepName
    at: Time
    devices: Number
    answered: Number
    sorts: Sorts


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedCells:
    """How many cells of one name, in devices of one type, an audit found of each sort."""

    step: StepName
    type: Kind
    cell: CellName
    sorts: Sorts


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedCell:
    """A cell that an audit did not find right: what is believed, and what it holds or why not."""

    step: StepName
    device: Entity
    type: Kind
    cell: CellName
    sort: Words
    believed: Words
    found: Words
