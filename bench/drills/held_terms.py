"""How a story says what a cell holds: at first, or by the end of a step."""

from typing import Annotated

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from firmware_sim.bench.drills.selection import CellSelector
from firmware_sim.bench.drills.story_terms import Generation, Holder, Strict, Type


class Held(Strict):
    """A credential in a cell; a number alone is a generation of the cell's own party."""

    holder: Holder | None = None
    """The party whose certificate it is, if not the cell's own."""
    generation: Generation = 1
    """Of the credential, from 1."""

    @model_validator(mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if not is_number and not isinstance(value, dict):
            raise ValueError("must be a mapping (key: value), or the number of a generation")
        return {"generation": value} if is_number else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The long form, or a number alone."""
        return {"anyOf": [handler(core), {"type": "integer", "minimum": 1}]}


class Provision(Strict):
    """Cells that leave the factory with other credentials than generation 1 of their own party."""

    devices: tuple[Type, ...] = ()
    """Only devices of these types; none for all that have the cells."""
    cells: Annotated[tuple[CellSelector, ...], Field(min_length=1)]
    """The cells: `all`, a role, or one cell."""
    holder: Holder | None = None
    """The party whose certificates they are, if not the cells' own."""
    generation: Generation = 1
    """Of the certificates, from 1."""
