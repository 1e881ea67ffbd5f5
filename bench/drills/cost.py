"""What a drill of some size will cost, before it begins: time, and memory of this machine."""

from typing import Final, NamedTuple

from firmware_sim.bench.drills.story import Story

_SECONDS_OF_A_STEP: Final = 0.002
_OCTETS_OF_A_HOME: Final = 500_000
"""Both of one home with three devices in memory, `bench drill --devices 10000`: 0.05 s of one core
for 37 steps, keys, homes and report included, and 500 kB; with some room."""

_LONG_SECONDS: Final = 60
_TOO_LONG_SECONDS: Final = 30 * 60
_MUCH_MEMORY: Final = 0.5


class DrillCost(NamedTuple):
    """An estimate, good to about a factor of two."""

    seconds: float
    octets: int

    @classmethod
    def of(cls, story: Story, premises: int) -> "DrillCost":
        """What that many homes will take."""
        return cls(premises * len(story.steps) * _SECONDS_OF_A_STEP, premises * _OCTETS_OF_A_HOME)

    @property
    def is_long(self) -> bool:
        """Whether a user would rather know of a quicker way."""
        return self.seconds > _LONG_SECONDS

    def is_much(self, memory: int) -> bool:
        """Whether the user should agree first, on a machine with so many octets of memory."""
        return self.seconds > _TOO_LONG_SECONDS or self.octets > _MUCH_MEMORY * memory

    def __str__(self) -> str:
        hours, minutes = divmod(round(self.seconds / 60), 60)
        spent = f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
        return f"about {spent} and {_giga(self.octets)} of memory"


def _giga(octets: int) -> str:
    return f"{octets / 1e9:,.1f} GB"
