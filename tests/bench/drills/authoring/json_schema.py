"""A validator for the part of JSON Schema 2020-12 that our schemas use; unknown keywords fail.

Written from the specification (json-schema.org), so that it shares nothing with the models.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

_SAYS_NOTHING = {"$schema", "$defs", "title", "description", "default", "discriminator", "$comment"}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,),
    "boolean": (bool,), "null": (type(None),), "number": (int, float),
}  # fmt: skip


def problems(value: object, schema: Mapping[str, Any], root: Mapping[str, Any]) -> list[str]:
    """What is wrong with a value of JSON; empty if it is valid."""
    return [
        each for key, rule in schema.items() for each in _keyword(key, rule, value, schema, root)
    ]


def _keyword(
    key: str, rule: Any, value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]
) -> Iterator[str]:
    if key in _SAYS_NOTHING:
        return
    if key == "$ref":
        yield from problems(value, root["$defs"][rule.removeprefix("#/$defs/")], root)
    elif key in ("anyOf", "oneOf"):
        fitting = sum(not problems(value, each, root) for each in rule)
        if fitting == 0 or (key == "oneOf" and fitting > 1):
            yield f"{value!r} fits {fitting} of {key}"
    elif key in _APPLY:
        yield from _APPLY[key](rule, value, schema, root)
    elif not _HOLDS[key](rule, value):
        yield f"{value!r} is not {key} {rule!r}"


def _properties(rule: Any, value: Any, _: object, root: Mapping[str, Any]) -> Iterator[str]:
    for name, each in rule.items() if isinstance(value, dict) else ():
        if name in value:
            yield from problems(value[name], each, root)


def _additional(rule: Any, value: Any, schema: Any, root: Mapping[str, Any]) -> Iterator[str]:
    for name in value if isinstance(value, dict) else ():
        if name not in schema.get("properties", {}):
            if rule is False:
                yield f"{name!r} is no key"
            else:
                yield from problems(value[name], rule, root)


def _names(rule: Any, value: Any, _: object, root: Mapping[str, Any]) -> Iterator[str]:
    for name in value if isinstance(value, dict) else ():
        yield from problems(name, rule, root)


def _items(rule: Any, value: Any, _: object, root: Mapping[str, Any]) -> Iterator[str]:
    for each in value if isinstance(value, list) else ():
        yield from problems(each, rule, root)


_APPLY = {
    "properties": _properties, "additionalProperties": _additional, "propertyNames": _names,
    "items": _items,
}  # fmt: skip


def _is_type(rule: str, value: Any) -> bool:
    is_truth = isinstance(value, bool)
    return isinstance(value, _TYPES[rule]) and (is_truth == (rule == "boolean"))


def _is_time(rule: str, value: Any) -> bool:
    try:
        if rule == "date":
            return str(date.fromisoformat(value)) == str(value)
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "type": _is_type,
    "format": _is_time,
    "const": lambda rule, value: value == rule,
    "enum": lambda rule, value: value in rule,
    "required": lambda rule, value: not isinstance(value, dict) or set(rule) <= set(value),
    "minItems": lambda rule, value: not isinstance(value, list) or len(value) >= rule,
    "maxItems": lambda rule, value: not isinstance(value, list) or len(value) <= rule,
    "minProperties": lambda rule, value: not isinstance(value, dict) or len(value) >= rule,
    "maxProperties": lambda rule, value: not isinstance(value, dict) or len(value) <= rule,
    "minLength": lambda rule, value: not isinstance(value, str) or len(value) >= rule,
    "maxLength": lambda rule, value: not isinstance(value, str) or len(value) <= rule,
    "pattern": lambda rule, value: not isinstance(value, str) or bool(re.search(rule, value)),
    "minimum": lambda rule, value: not isinstance(value, int) or value >= rule,
    "maximum": lambda rule, value: not isinstance(value, int) or value <= rule,
    "exclusiveMinimum": lambda rule, value: not isinstance(value, int) or value > rule,
}
