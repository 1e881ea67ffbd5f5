"""Stories on disk: those that come with the project, and those that users write."""

from collections.abc import Callable, Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import ValidationError

from firmware_sim.bench.drills.checking import Contradiction, mistakes_of
from firmware_sim.bench.drills.draft import Draft
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.documentation import page
from firmware_sim.bench.files.strict_yaml import MistakesError, load_yaml, read_text
from firmware_sim.bench.files.yaml_loader import Mistake
from firmware_sim.bench.files.yaml_mistakes import mistake_at, mistakes_in, suggestion
from firmware_sim.gbcs.policy import Policy

SEE: Final = page("drills")
"""Where the format is described."""

_SUFFIX = ".yaml"


def builtin_stories() -> tuple[Story, ...]:
    """The stories that come with the project, by name."""
    return tuple(read_story(entry.read_text("utf-8"), entry.name) for entry in _builtin())


class StorySource(NamedTuple):
    """The text of a story, and what errors call it."""

    text: str
    origin: str


def load_story(name_or_path: str, policy: Policy | None = None) -> Story:
    """A built-in story by its name, or one from a file.

    Args:
        policy: with which it will be played; decides which cells devices have.

    Raises:
        UsageError: there is no such story, the file cannot be read, or it cannot be played;
            says in which lines and fields.
    """
    return read_story(*story_source(name_or_path), policy)


def story_source(name_or_path: str) -> StorySource:
    """The text of a built-in story, or of one from a file.

    Raises:
        UsageError: there is no such story, or the file cannot be read.
    """
    for entry in _builtin():
        if entry.name == name_or_path + _SUFFIX:
            return StorySource(entry.read_text("utf-8"), entry.name)
    path = Path(name_or_path)
    if path.suffix not in (_SUFFIX, ".yml"):
        names = [entry.name.removesuffix(_SUFFIX) for entry in _builtin()]
        problem = f"there is no story {name_or_path!r}{suggestion(name_or_path, names)}"
        raise UsageError(problem, f"use one of {', '.join(names)}, or a file")
    return StorySource(read_text(path, "story"), str(path))


def builtin_source(origin: str) -> str | None:
    """The text of the built-in story that errors call so; None if there is none."""
    return next((each.read_text("utf-8") for each in _builtin() if each.name == origin), None)


def read_story(text: str, origin: str, policy: Policy | None = None) -> Story:
    """A story from YAML text; `origin` names it in errors.

    Args:
        policy: as for `load_story`.

    Raises:
        UsageError: not YAML, not a story, or one that cannot be played; lists every mistake.
    """
    story, mistakes = examine(text, origin, policy)
    if story is None or mistakes:
        raise MistakesError(origin, mistakes, SEE)
    return story


def examine(
    text: str,
    origin: str,
    policy: Policy | None = None,
    further: Callable[[Story], Iterable[Contradiction]] = lambda _: (),
) -> tuple[Story | None, list[Mistake]]:
    """A story from YAML text, and every mistake in it; None if it cannot be read as a whole.

    A mistake in one step hides none in another: what can be read is looked at by itself.

    Args:
        further: mistakes of a story that has none besides.

    Raises:
        MistakesError: not YAML.
    """
    root, value, mistakes = load_yaml(text, origin)
    story: Story | None = None
    try:
        story = Story.model_validate(value)
        draft: Draft | None = Draft(story)
    except ValidationError as error:
        draft = Draft.of(value, error)
        mistakes += mistakes_in(error, root, Story)
    if draft is not None:
        found = mistakes_of(draft, policy or Policy())
        mistakes += [mistake_at(root, *each) for each in found]
    if story is not None and not mistakes:
        mistakes += [mistake_at(root, *each) for each in further(story)]
    return story, sorted(mistakes, key=lambda each: each.line)


def _builtin() -> list[Traversable]:
    folder = files("firmware_sim.bench.drills") / "stories"
    return sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(_SUFFIX)),
        key=lambda entry: entry.name,
    )
