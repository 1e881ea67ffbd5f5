"""`do: replay`: messages that were kept are sent again."""

from typing import Literal

from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.story_step import StoryStep
from firmware_sim.bench.drills.story_terms import Slug


class ReplayStep(StoryStep):
    """Messages that were kept are sent again, octet by octet."""

    do: Literal["replay"]
    kept: Slug
    """The name under which they were kept."""
    expect: RefusalExpected
    """For which reasons the device must refuse."""
