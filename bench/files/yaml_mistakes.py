"""What is wrong with a value, in the words of its author instead of a library's."""

from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import SequenceMatcher, get_close_matches
from functools import cache, lru_cache
from reprlib import Repr
from typing import Any, Final

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind

from firmware_sim.bench.files.yaml_loader import Mistake

Location = tuple[int | str, ...]

_MAPPING: Final = "a mapping (key: value)"
_KINDS: Final = {
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "dict_type": _MAPPING,
    "tuple_type": "a list, e.g. [a, b]",
    "list_type": "a list, e.g. [a, b]",
    "set_type": "a list, e.g. [a, b]",
    "string_type": "a text; write it in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "datetime_type": "a time such as 2026-03-02T09:00:00Z",
    "string_too_short": "a text that is not empty",
    "string_unicode": "a text of whole characters, with no half of a surrogate pair",
    "string_pattern_mismatch": "small letters and digits with single hyphens between",
}
"""What must stand there, by the library's kind of error."""


_RULES: Final = {
    "extra_forbidden": "unknown-key",
    "missing": "missing-key",
    "union_tag_not_found": "missing-key",
}
"""The rule that is broken, by the library's kind of error, where it is not about a value."""


_SURELY_MEANT: Final = 0.75
"""How near a known key must be, 1 being equal, for the others not to be listed too."""

_SHORT_LIST: Final = 8
"""Of more words, the one that was probably meant comes before them."""

_FEW: Final = 3
"""Of more names that are as near as one another, none is a help."""

_QUOTED: Final = Repr()
_QUOTED.maxstring = _QUOTED.maxother = 80
_QUOTED.maxlevel = 2
"""What an author wrote, so far as it fits into a sentence."""


def quoted(value: object) -> str:
    """A value as it may stand in a sentence: never long, whatever is in it."""
    return _QUOTED.repr(value)


class _KeysOnly(GenerateJsonSchema):
    """A schema of keys, whose values may be of types that JSON does not know."""

    ignored_warning_kinds: set[JsonSchemaWarningKind] = {  # noqa: RUF012 - as the library has it
        "skipped-choice",
        "non-serializable-default",
    }

    def handle_invalid_for_json_schema(self, schema: object, error_info: str) -> dict[str, Any]:
        """Such a value may be anything here."""
        del schema, error_info
        return {}


def suggestion(written: object, known: Collection[str]) -> str:
    """``; did you mean 'supplier'?`` if a known name is near, else nothing.

    Names that are as near as the nearest are all given: one alone of the keys of a role would lead
    to another event than the one that was meant.
    """
    text, names = str(written), list(dict.fromkeys(known))
    near = get_close_matches(text, names, len(names) or 1)
    best = [each for each in near if _nearness(each, text) == _nearness(near[0], text)]
    if not 0 < len(best) <= _FEW:
        return ""
    return f"; did you mean {' or '.join(map(repr, sorted(best, key=names.index)))}?"


def _nearness(name: str, written: str) -> float:
    return SequenceMatcher(None, name, written).ratio()


def mistakes_in(
    error: ValidationError, root: yaml.Node | None, model: type[BaseModel]
) -> list[Mistake]:
    """All mistakes of a file, each once, in the order of its lines."""
    problems = error.errors(include_url=False)
    paths = [_keys(root, problem["loc"], problem["type"]) for problem in problems]
    led_through = {path[:depth] for path in paths for depth in range(len(path))}
    found: dict[Location, list[str]] = {}
    rules: dict[Location, str] = {}
    for problem, path in zip(problems, paths, strict=True):
        # Of a union, the member that was meant is the one of which the most was read.
        if path not in led_through:
            found.setdefault(path, []).append(_words(problem, model))
            rules.setdefault(path, _RULES.get(problem["type"], "value"))
    mistakes = [
        mistake_at(root, path, _either(texts), rules[path]) for path, texts in found.items()
    ]
    return sorted(mistakes, key=lambda each: each.line)


def mistake_at(
    root: yaml.Node | None, path: Location, text: str, rule: str = "value", clause: str = ""
) -> Mistake:
    """A mistake in the value at a path of keys and list places (from 0).

    Args:
        rule: the name of the rule that it breaks.
        clause: where that rule stands.
    """
    mark, node = None if root is None else root.start_mark, root
    for part in path:
        mark = mark if node is None else node.start_mark
        found = _child(node, part)
        node = None
        if found is not None:
            mark, node = found
    words = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
    return Mistake(line, words.removeprefix("."), text, column, path, rule, clause)


def _keys(root: yaml.Node | None, location: Location, kind: str) -> Location:
    """The keys of a location; members of a union (``update``, ``Refused``) are none."""
    path, node = list[int | str](), root
    for number, part in enumerate(location, start=1):
        found = _child(node, part)
        if found is not None or (kind == "missing" and number == len(location)):
            path.append(str(part) if isinstance(node, yaml.MappingNode) else part)
        if found is not None:
            node = found[1]
    return tuple(path)


def _child(node: yaml.Node | None, part: int | str) -> tuple[yaml.Mark, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        child = node.value[part]
        return child.start_mark, child
    return _by_key(node).get(str(part)) if isinstance(node, yaml.MappingNode) else None


@lru_cache(maxsize=32)
def _by_key(node: yaml.MappingNode) -> Mapping[str, tuple[yaml.Mark, yaml.Node]]:
    """Marks and values by their keys; of a key that is written twice, the first."""
    scalars = (each for each in node.value if isinstance(each[0], yaml.ScalarNode))
    return {key.value: (key.start_mark, value) for key, value in reversed(list(scalars))}


def _either(texts: list[str]) -> str:
    first, *others = dict.fromkeys(texts)
    return ", or ".join((first, *(text.removeprefix("must be ") for text in others)))


def _words(problem: Any, model: type[BaseModel]) -> str:
    kind, value = problem["type"], problem["input"]
    if kind == "extra_forbidden":
        return _unknown_key(problem, model)
    if kind in _KINDS:
        return f"must be {_KINDS[kind]}"
    if kind in _SENTENCES:
        return _SENTENCES[kind](value, problem.get("ctx", {}))
    return str(problem["msg"])


def _none_of(value: object, expected: str) -> str:
    names = [each.strip(" '") for each in expected.replace(" or ", ", ").split(",")]
    near = suggestion(value, names)
    if near and len(names) > _SHORT_LIST:
        return f"{quoted(value)} may not stand here{near} All that may: {', '.join(names)}"
    must = names[0] if len(names) == 1 else f"one of {', '.join(names)}"
    return f"must be {must}, not {quoted(value)}{near}"


def _unknown_key(problem: Any, model: type[BaseModel]) -> str:
    known = _fields(model, problem["loc"])
    written = str(problem["loc"][-1])
    keys = f"; the keys here are {', '.join(known)}"
    is_sure = bool(get_close_matches(written, known, 1, _SURELY_MEANT))
    return "there is no such key" + suggestion(written, known) + ("" if is_sure else keys)


def _fields(model: type[BaseModel], location: Location) -> list[str]:
    """The keys that may stand where a location leads."""
    schema = _schema(model)
    found = list(_members(schema, schema))
    for part in location[:-1]:
        found = [each for one in found for each in _below(one, part, schema)]
    return list(dict.fromkeys(key for one in found for key in one.get("properties", {})))


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(schema_generator=_KeysOnly)


def _below(schema: dict[str, Any], part: int | str, root: dict[str, Any]) -> list[dict[str, Any]]:
    """What may stand at a key or place; the name of a member of a union leads nowhere else."""
    keys = schema.get("properties", {})
    if isinstance(part, int):
        below = [schema[name] for name in ("items",) if name in schema]
    elif part in keys:
        below = [keys[part]]
    elif isinstance(schema.get("additionalProperties"), dict):
        below = [schema["additionalProperties"]]
    else:
        tag = root.get("discriminator", {}).get("propertyName", "")
        consts = [each["const"] for each in keys.values() if "const" in each]
        consts += keys.get(tag, {}).get("enum", [])
        return [schema] if not consts or part in consts else []
    return [member for each in below for member in _members(each, root)]


def _members(schema: dict[str, Any], root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in schema:
        yield from _members(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    elif "properties" not in schema and (members := schema.get("anyOf", schema.get("oneOf"))):
        for each in members:
            yield from _members(each, root)
    else:
        yield schema


_SENTENCES: Final[dict[str, Callable[[object, dict[str, Any]], str]]] = {
    "missing": lambda _, __: "is missing",
    "union_tag_not_found": lambda _, about: f"the key {about['discriminator']} is missing",
    "union_tag_invalid": lambda _, about: _none_of(about["tag"], about["expected_tags"]),
    "enum": lambda value, about: _none_of(value, about["expected"]),
    "literal_error": lambda value, about: _none_of(value, about["expected"]),
    "greater_than_equal": lambda it, about: f"must be at least {about['ge']}, not {quoted(it)}",
    "less_than_equal": lambda it, about: f"must be at most {about['le']}, not {quoted(it)}",
    "invalid_key": lambda _, __: "a key here is no text; write it in quotes",
    "too_short": lambda _, __: "must not be empty",
    "string_too_long": lambda _, about: f"must have at most {about['max_length']} characters",
    "value_error": lambda _, about: str(about["error"]),
}
"""The same where the value or its bounds belong into the sentence."""
