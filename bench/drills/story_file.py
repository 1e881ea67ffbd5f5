"""Stories on disk: those that come with the project, and those that users write."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.strict_yaml import read_model, read_text

_SUFFIX = ".yaml"


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
    return read_story(read_text(path, "story"), str(path))


def read_story(text: str, origin: str) -> Story:
    """A story from YAML text; `origin` names it in errors.

    Raises:
        UsageError: not YAML, or not a story.
    """
    return read_model(text, origin, Story, "docs/drills.md")


def _builtin() -> list[Traversable]:
    folder = files("firmware_sim.bench.drills") / "stories"
    return sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(_SUFFIX)),
        key=lambda entry: entry.name,
    )
