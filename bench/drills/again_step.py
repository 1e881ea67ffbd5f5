"""`update again`: only the cells that an earlier update left as they were."""

from typing import Annotated, Literal

from pydantic import Field

from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.drills.story_step import StoryStep
from firmware_sim.bench.drills.story_terms import Slug
from firmware_sim.bench.drills.wave_terms import RetryTerm

AgainWord = Literal["failed", "unreachable", "not asked"]


class UpdateAgainStep(StoryStep):
    """The commands of an earlier step, for the cells that were not replaced since."""

    do: Literal["update again"]
    of: Slug
    """Name of the update."""
    devices: Annotated[tuple[AgainWord, ...], Field(min_length=1, alias="for")] = ("failed",)
    """What became of the devices that are sent a command."""
    retry: RetryTerm | None = None
    """What follows silence; without it the command is sent again at once."""

    @property
    def fates(self) -> frozenset[DeviceFate]:
        """The same as values."""
        return frozenset(map(DeviceFate, self.devices))
