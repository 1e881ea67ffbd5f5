"""The steps in which protected keys are asked for: Key Custodians meet, or custody must refuse."""

from typing import Annotated, Literal

from pydantic import Field

from firmware_sim.bench.drills.story_step import CaseStep, StoryStep
from firmware_sim.bench.drills.story_terms import Slug
from firmware_sim.bench.smki.custody import CustodyKey


class CeremonyStep(CaseStep):
    """Key Custodians come together, so that the decided key can be used (SEC L10.1(b))."""

    do: Literal["ceremony"]
    present: Annotated[tuple[Slug, ...], Field(min_length=1)]
    """The Key Custodians who come, by name: `custodian-1` and so on."""
    expect: Literal["held", "refused"] = "held"
    """Whether they are enough."""


class AskCustodyStep(StoryStep):
    """Custody is asked for a key that no decision opens; it must refuse (SEC L10.2(a)).

    The decision shown is the latest; before there is one, a decision that the SMKI PMA never took.
    """

    do: Literal["ask custody"]
    use: CustodyKey
    """The key that is asked for."""
