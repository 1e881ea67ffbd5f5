"""`links` of a story: what goes wrong between the parties and the devices, and how often."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, WithJsonSchema, model_validator

from firmware_sim.bench.files.terms import Strict
from firmware_sim.bench.population.schema import DrawnDevices
from firmware_sim.bench.population.shares import Share

PartOf = Annotated[
    Share, WithJsonSchema({"type": "string", "pattern": r"^\d{1,3}(\.\d{1,4})? ?%$"})
]


class LateTerm(Strict):
    """Answers that come late: which share of all, and by how many minutes of the drill's clock."""

    share: PartOf
    """Of all answers, in per cent."""
    minutes: Annotated[int, Field(strict=True, ge=1, le=60 * 24 * 400)]
    """How late they are."""


class LinkTerms(Strict):
    """The Wide Area Network as a story wants it; see `wan`."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    unreachable: DrawnDevices | None = None
    """Devices that no message reaches, from the first step to the last."""
    loss: PartOf | None = None
    """Share of commands, and of answers, that are lost on the way."""
    duplicate: PartOf | None = None
    """Share of commands that arrive twice."""
    late: LateTerm | None = None
    """Answers that come late."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name what the links do: unreachable, loss, duplicate or late")
        return self
