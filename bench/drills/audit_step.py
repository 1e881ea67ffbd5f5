"""`audit`: every device is asked what its cells hold, and that is compared with the inventory."""

from typing import Annotated, Literal

from pydantic import Field

from firmware_sim.bench.audit.sorts import Sort
from firmware_sim.bench.drills.held_terms import Held
from firmware_sim.bench.drills.selection import CellSelector
from firmware_sim.bench.drills.story_step import StoryStep
from firmware_sim.bench.drills.story_terms import Slug, Strict, Type
from firmware_sim.bench.files.terms import named

SortWord = Annotated[
    Sort, named({sort.value: sort for sort in Sort if sort is not Sort.RIGHT}, "sort of finding")
]
"""A sort of cell that is not right, as a story writes it."""

_Devices = Annotated[int, Field(strict=True, ge=1)]


class AuditStep(StoryStep):
    """CS02a to every device; what is believed of each cell is compared with what it reports."""

    do: Literal["audit"]
    devices: tuple[Type, ...] = ()
    """Only devices of these types; none for all."""
    holding: dict[CellSelector, Held] = Field(default_factory=dict)
    """What cells are to hold by now, where that is not what is believed; later entries decide."""
    expect: dict[SortWord, _Devices] = Field(default_factory=dict)
    """How many devices have at least one cell of a sort; none of a sort that is left out."""


class FoundTerm(Strict):
    """Only devices in which an audit found cells of one sort."""

    audit: Slug
    """Name of the audit."""
    sort: SortWord
    """What it found."""
    holds: Slug | None = None
    """Only cells in which it found this organisation's certificate."""
    believed: Slug | None = None
    """Only cells in which this organisation's certificate was believed to be. The devices may then
    be anybody's by the population: `party` does not say whose they are."""
    cells: tuple[CellSelector, ...] = ()
    """Only in these cells; without it, of an update in one that it replaces."""
