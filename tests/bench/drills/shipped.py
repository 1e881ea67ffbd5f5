"""The stories that come with the project, each played in memory once for all tests."""

from collections.abc import Callable

from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import load_story
from tests.bench.drills.attacker_stories import FLEET, small_story
from tests.bench.drills.rehearsal import Rehearsal

Shipped = Callable[[str], Rehearsal]


def as_played(name: str) -> Story:
    """The story, the big one made small."""
    return small_story(smooth=False) if name == FLEET else load_story(name)
