"""How much time a step may take on the drill's clock."""

from datetime import timedelta

from firmware_sim.bench.drills.again_step import UpdateAgainStep
from firmware_sim.bench.drills.story_step import StoryStep
from firmware_sim.bench.drills.update_step import UpdateStep


def longest(step: StoryStep) -> timedelta:
    """All its waves with every retry, and then the minutes until the next step."""
    minutes = timedelta(minutes=step.minutes)
    if not isinstance(step, UpdateStep | UpdateAgainStep) or step.retry is None:
        return minutes
    waves = len(step.waves) if isinstance(step, UpdateStep) else 1
    return minutes + step.retry.longest * max(1, waves)
