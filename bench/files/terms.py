"""What every hand-written file shares: strict models, names from a table, lines of text."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue, StringConstraints

from firmware_sim.bench.files.yaml_mistakes import quoted, suggestion
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole


class Strict(BaseModel):
    """Unknown keys are errors, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def named(table: Mapping[str, object], what: str) -> BeforeValidator:
    """Reads a name as the value that stands for it in a table; `what` says what it names."""

    def look_up(value: object) -> object:
        if not isinstance(value, str) or value not in table:
            near = suggestion(value, table.keys())
            names = ", ".join(sorted(table))
            raise ValueError(f"{quoted(value)} is no {what}{near}; it is one of {names}")
        return table[value]

    return BeforeValidator(look_up, json_schema_input_type=Literal[*sorted(table)])


def one_of(**types: str) -> dict[str, JsonValue]:
    """For the schema of a model that takes exactly one of several keys, each of a type of JSON."""
    fragments: list[JsonValue] = [
        {"required": [key], "properties": {key: {"type": kind}}} for key, kind in types.items()
    ]
    return {"oneOf": fragments}


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
OneLine = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Role = Annotated[RemotePartyRole, named({role.label: role for role in RemotePartyRole}, "role")]
Type = Annotated[DeviceType, named({kind.name: kind for kind in DeviceType}, "device type")]
