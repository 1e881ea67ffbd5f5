"""YAML files that people write by hand: nothing unknown, nothing twice, errors with their line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from firmware_sim.bench.errors import UsageError

MAX_OCTETS: Final = 1 << 20

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[int | str, ...]


def read_text(path: Path, what: str) -> str:
    """The text of a file of at most 1 MiB; `what` names its kind in errors, e.g. ``story``.

    Raises:
        UsageError: it cannot be read, is longer, or is not UTF-8.
    """
    try:
        if path.stat().st_size > MAX_OCTETS:
            raise UsageError(f"{path} has over {MAX_OCTETS} octets, too many for a {what}")
        return path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", f"name a {what} file") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text", f"name a {what} file") from error


def read_model(text: str, origin: str, model: type[Model], see: str) -> Model:
    """A value of a strict model from YAML text.

    Args:
        origin: what errors call the text, e.g. the name of its file.
        see: where the format is described.

    Raises:
        UsageError: not YAML, or not such a value; says in which line and field.
    """
    root, value = read_yaml(text, origin)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise UsageError(_first_problem(error, root, origin), f"see {see}") from error


def read_yaml(text: str, origin: str) -> tuple[yaml.Node | None, object]:
    """The nodes of YAML text, which know their lines, and its value.

    Raises:
        UsageError: not YAML, or a key is written twice; says in which line.
    """
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        return root, None if root is None else loader.construct_document(root)
    except yaml.YAMLError as error:
        raise UsageError(f"{origin}: {_one_line(error)}", "mend the YAML") from error
    except (ValueError, RecursionError) as error:
        # A date that is none, or nesting without end: PyYAML has no error of its own for these.
        raise UsageError(f"{origin} is not readable: {error}", "mend the YAML") from error


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a key that is written twice is an error, not the later one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: set[str] = set()
        scalars = (key for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        for key in scalars:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} is written twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _first_problem(error: ValidationError, root: yaml.Node | None, origin: str) -> str:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    # The deepest problem of a union is the one of the member that was meant; a misspelt key
    # says more than the key that is missing for it.
    first = max(problems, key=lambda problem: (len(problem["loc"]), problem["type"] != "missing"))
    line, field = _place(root, first["loc"], missing=first["type"] == "missing")
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    where = f"{origin}, line {line}" + (f", {field}" if field else "")
    unknown = first["type"] == "extra_forbidden"
    words = "there is no such key" if unknown else first["msg"].removeprefix("Value error, ")
    return f"{where}: {words}{more}"


def _place(root: yaml.Node | None, location: Location, *, missing: bool) -> tuple[int, str]:
    """Line of the deepest node that a location reaches, and the location in words.

    Parts that name a member of a union (``update``, ``Refused``) are no keys of the file: they
    are passed over.
    """
    line, words = 1, list[str]()
    node = root
    for part in location:
        line = line if node is None else node.start_mark.line + 1
        found = None if node is None else next(_children(node, part), None)
        if found is not None:
            line, node = found[0], found[1]
        if found is not None or (missing and part == location[-1]):
            words.append(f"[{part + 1}]" if isinstance(part, int) else f".{part}")
    return line, "".join(words).removeprefix(".")


def _children(node: yaml.Node, part: int | str) -> Iterator[tuple[int, yaml.Node]]:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        child = node.value[part]
        yield child.start_mark.line + 1, child
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                yield key.start_mark.line + 1, value


def _one_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "not YAML"
    return f"line {mark.line + 1}: {problem}" if mark is not None else str(problem)
