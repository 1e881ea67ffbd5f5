"""What a story plans: its steps by title, as far as they have not begun, and whose they are."""

from typing import Final, NamedTuple

from firmware_sim.bench.drills.attack_points import is_partys_update
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story_file import examine
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.run_info import is_attack

_MOST_SHOWN: Final = 6


class PlannedStep(NamedTuple):
    """A step of the story.

    Attributes:
        mends: whether a party replaces credentials in it.
    """

    name: str
    title: str
    mends: bool = False


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
        return cls(tuple(PlannedStep(each.name, each.title, _mends(each)) for each in steps))

    def mends(self, name: str) -> bool:
        """Whether a party replaces credentials in a step; of a story that is not known, perhaps."""
        if not self.steps:
            return not is_attack(name)
        return any(step.mends for step in self.steps if step.name == name)

    def begin(self, name: str) -> None:
        """A step began."""
        if self.begun < len(self.steps) and self.steps[self.begun].name == name:
            self.begun += 1

    def next(self) -> list[str]:
        """The titles of the next few."""
        return [step.title for step in self.steps[self.begun : self.begun + _MOST_SHOWN]]


def _mends(step: Step) -> bool:
    return is_partys_update(step) and not (isinstance(step, UpdateStep) and step.is_to_fail)
