"""A story as far as it can be read: a mistake in one step hides no contradiction in another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

from pydantic import ValidationError

from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.files.yaml_mistakes import Location

_STAND_INS: Final[Mapping[str, object]] = {
    "name": "unread",
    "title": "-",
    "summary": "-",
    "start": "2026-01-01T00:00:00Z",
    "steps": [{"name": "unread", "title": "-", "do": "report"}],
}
"""For what must be there and cannot be read. Nothing is concluded from them."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A story, or what can be read of one.

    Attributes:
        story: what can be read.
        unread: keys at the top that are missing in `story`, wholly or in part.
        unread_steps: what is written in the steps that cannot be read, by place in the file.
        unread_attackers: the same of attackers.
    """

    story: Story
    unread: frozenset[str] = frozenset()
    unread_steps: Mapping[int, object] = field(default_factory=dict)
    unread_attackers: Mapping[int, object] = field(default_factory=dict)
    _places: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def in_file(self, path: Location) -> Location | None:
        """A path in the story as one in the file; None if a stand-in stands there."""
        key, *rest = path
        places = self._places.get(str(key))
        if places is None or not rest:
            return None if key in self.unread else path
        number = int(rest[0])
        return (key, places[number], *rest[1:]) if number < len(places) else None

    @classmethod
    def of(cls, value: object, error: ValidationError) -> "Draft | None":
        """What can be read of a value that is no story; None if that is nothing.

        Args:
            error: what the model says of it.
        """
        if not isinstance(value, dict):
            return None
        wrong = _wrong(error, value)
        head: dict[str, Any] = {key: value[key] for key in value if key in Story.model_fields}
        places: dict[str, tuple[int, ...]] = {}
        for key, entries in wrong.items():
            written = head.pop(key, None)
            if entries:
                places[key] = tuple(at for at in range(len(written)) if at not in entries)
                head[key] = [written[at] for at in places[key]]
        unread = {key for key in wrong if key in Story.model_fields}
        for key, stand_in in _STAND_INS.items():
            if not head.get(key):
                head[key] = stand_in
                unread.add(key)
                places |= {key: ()} if key == "steps" else {}
        try:
            story = Story.model_validate(head)
        except ValidationError:
            return None
        steps, attackers = (
            {at: value[key][at] for at in sorted(wrong.get(key) or ())}
            for key in ("steps", "attacker")
        )
        return cls(story, frozenset(unread), steps, attackers, places)

    def steps(self) -> Iterator[tuple[int, Step | None]]:
        """Every step by its place in the file; None for one that cannot be read."""
        places = self._places.get("steps", range(len(self.story.steps)))
        steps: dict[int, Step | None] = dict.fromkeys(self.unread_steps)
        steps |= dict(zip(places, self.story.steps, strict=False))  # a stand-in has no place
        yield from sorted(steps.items(), key=itemgetter(0))


def _wrong(error: ValidationError, value: Mapping[object, Any]) -> dict[str, set[int]]:
    """Keys at the top with a mistake, and the entries that have it; none for the whole value."""
    wrong: dict[str, set[int]] = {}
    whole: set[str] = set()
    for problem in error.errors(include_url=False, include_context=False):
        key, at = (*problem["loc"], "", "")[:2]
        entries = wrong.setdefault(str(key), set())
        # Without one of its words a list of words means something else.
        if isinstance(at, int) and (key == "steps" or isinstance(value[key][at], dict)):
            entries.add(at)
        else:
            whole.add(str(key))
    return {key: set() if key in whole else entries for key, entries in wrong.items()}
