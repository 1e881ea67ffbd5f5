"""What every step of a story says, and every step about one Compromise."""

from typing import Annotated

from pydantic import Field

from firmware_sim.bench.drills.story_terms import OneLine, Slug, Strict


class StoryStep(Strict):
    """What every step says."""

    name: Slug
    """By which other steps and the record name it."""
    title: OneLine
    """What happens, in one line for people."""
    minutes: Annotated[int, Field(strict=True, ge=0, le=60 * 24 * 400)] = 1
    """How long before the next step begins, on the drill's clock."""


class CaseStep(StoryStep):
    """A step about one Compromise."""

    about: Slug | None = None
    """Name of the `compromise` step; the latest if it is left out."""
