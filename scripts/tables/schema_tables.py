"""What docs/story-schema.md shows: every object of the JSON Schema of a story, and its keys."""

import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from firmware_sim.bench.drills.authoring.schema import story_schema
from scripts.tables import table

_Schema = Mapping[str, Any]


def schema_reference() -> str:
    """The story, then every object that it may hold, by name."""
    schema = story_schema()
    parts = [*_object("A story", schema)]
    for name, each in sorted(schema["$defs"].items()):
        parts += _object(name, each)
    return "\n\n".join(parts)


def _object(name: str, schema: _Schema) -> Iterator[str]:
    yield f"## {name}"
    if "description" in schema:
        yield str(schema["description"])
    if "properties" not in schema:
        yield _type(schema)
        return
    required = set(schema.get("required", ()))
    yield table(
        ("key", "value", "default", "what it means"),
        (
            (f"`{key}`", _type(each), _default(each, key in required), _cell(each))
            for key, each in schema["properties"].items()
        ),
    )


def _default(schema: _Schema, required: bool) -> str:
    if required:
        return "required"
    value = schema.get("default")
    return "" if value in (None, "", []) or isinstance(value, dict) else f"`{json.dumps(value)}`"


def _cell(schema: _Schema) -> str:
    return str(schema.get("description", "")).replace("|", "\\|").replace("<", "\\<")


def _type(schema: _Schema) -> str:
    """What a value may be, in words; a name leads to its object."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            kinds = (each for each in schema[several] if each.get("type") != "null")
            return " or ".join(dict.fromkeys(_type(each) for each in kinds))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"mapping to {_type(schema['additionalProperties'])}"
    return _plain(schema)


def _plain(schema: _Schema) -> str:
    kind = str(schema.get("format", schema.get("type", "any value")))
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    if lowest is not None and highest is not None:
        return f"{kind}, {lowest} to {highest}"
    return kind if lowest is None else f"{kind}, from {lowest}"


SCHEMA_TABLES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {"story-schema": schema_reference}
)
