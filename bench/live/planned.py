"""What a story has still to come: its steps by title, as far as they have not begun."""

from typing import Final, NamedTuple

from firmware_sim.bench.drills.story_file import examine
from firmware_sim.bench.errors import BenchError

_MOST_SHOWN: Final = 6


class PlannedStep(NamedTuple):
    """A step of the story."""

    name: str
    title: str


class PlannedSteps:
    """The steps of a story in their order; a run may put others between them, e.g. attacks."""

    def __init__(self, steps: tuple[PlannedStep, ...] = ()) -> None:
        self.steps = steps
        self.begun = 0

    @classmethod
    def of(cls, text: str, origin: str) -> "PlannedSteps":
        """From the text of a story; none if it cannot be read, which is no fault of the page."""
        try:
            story, _mistakes = examine(text, origin)
        except BenchError:
            return cls()
        steps = () if story is None else story.steps
        return cls(tuple(PlannedStep(each.name, each.title) for each in steps))

    def begin(self, name: str) -> None:
        """A step began."""
        if self.begun < len(self.steps) and self.steps[self.begun].name == name:
            self.begun += 1

    def next(self) -> list[str]:
        """The titles of the next few."""
        return [step.title for step in self.steps[self.begun : self.begun + _MOST_SHOWN]]
