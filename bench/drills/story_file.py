"""Stories on disk: those that come with the project, and anybody's own."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import yaml
from pydantic import ValidationError

from bench.drills.story import Story
from bench.errors import UsageError

MAX_STORY_OCTETS: Final = 1 << 20

_SUFFIX = ".yaml"

Location = tuple[int | str, ...]


def builtin_stories() -> tuple[Story, ...]:
    """The stories that come with the project, by name."""
    return tuple(read_story(entry.read_text("utf-8"), entry.name) for entry in _builtin())


def load_story(name_or_path: str) -> Story:
    """A built-in story by its name, or one from a file.

    Raises:
        UsageError: there is no such story, the file cannot be read, or it breaks the schema;
            says in which line and field.
    """
    for entry in _builtin():
        if entry.name == name_or_path + _SUFFIX:
            return read_story(entry.read_text("utf-8"), entry.name)
    path = Path(name_or_path)
    if path.suffix not in (_SUFFIX, ".yml"):
        names = ", ".join(entry.name.removesuffix(_SUFFIX) for entry in _builtin())
        raise UsageError(f"there is no story {name_or_path!r}", f"use one of {names}, or a file")
    try:
        if path.stat().st_size > MAX_STORY_OCTETS:
            raise UsageError(f"{path} has over {MAX_STORY_OCTETS} octets, too many for a story")
        return read_story(path.read_text("utf-8"), str(path))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "name a story file") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text", "name a story file") from error


def read_story(text: str, origin: str) -> Story:
    """A story from YAML text; `origin` names it in errors.

    Raises:
        UsageError: not YAML, or not a story.
    """
    try:
        root = yaml.compose(text, Loader=_StoryLoader)
        value = yaml.load(text, Loader=_StoryLoader)  # noqa: S506 - a SafeLoader, see below
    except yaml.YAMLError as error:
        raise UsageError(f"{origin}: {_one_line(error)}", "mend the YAML") from error
    try:
        return Story.model_validate(value)
    except ValidationError as error:
        raise UsageError(_first_problem(error, root, origin), "see docs/drills.md") from error


class _StoryLoader(yaml.SafeLoader):
    """Safe YAML in which a key that is written twice is an error, not the later one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: set[str] = set()
        for key, _value in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} is written twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _builtin() -> list[Traversable]:
    folder = files("bench.drills") / "stories"
    return sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(_SUFFIX)),
        key=lambda entry: entry.name,
    )


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
