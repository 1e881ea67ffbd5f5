"""Which recoveries are cut again, and how closely: the same on every engine."""

from enum import StrEnum
from typing import Final

from firmware_sim.bench.experiments.sweep.plans import CLOSE, COARSE, PAIRED, Density
from firmware_sim.machine.flash.cut import CutPlan


class Second(StrEnum):
    """Which recoveries are cut again."""

    NONE = "none"
    SAMPLED = "sampled"
    """Of every sixteenth state, one of each course: the same flash operations throughout."""
    COURSES = "courses"
    """For each flash operation and flavour of the first cut, one of each course, closely."""
    PAIRS = "pairs"
    """Of every state."""


_SAMPLED_EVERY: Final = 16


def density_of_second(second: Second) -> Density:
    """How closely a recovery is cut."""
    return {Second.COURSES: CLOSE, Second.PAIRS: PAIRED}.get(second, COARSE)


class SecondCuts:
    """The choice for one case, while it is swept."""

    def __init__(self, second: Second) -> None:
        self._second = second
        self._courses: set[object] = set()

    def has_turn(self, state: int) -> bool:
        """Whether the recovery of a state may be cut; states are counted from 1."""
        if self._second is Second.SAMPLED:
            return state % _SAMPLED_EVERY == 1
        return self._second is not Second.NONE

    def is_new(self, first: CutPlan, course: object) -> bool:
        """Whether a recovery of that course, after such a cut, has not been cut before.

        Args:
            course: what is the same for recoveries by the same flash operations.
        """
        key = course
        if self._second is Second.PAIRS:
            return True
        if self._second is Second.COURSES:
            key = key, first.operation, first.flavour
        if key in self._courses:
            return False
        self._courses.add(key)
        return True
