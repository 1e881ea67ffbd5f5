"""Steps about a Communications Hub that is exchanged for a new one."""

from typing import Literal

from pydantic import model_validator

from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.story_step import StoryStep
from firmware_sim.bench.drills.story_terms import Slug

OldHubWord = Literal["captured commands", "stale keys", "forged answers", "asked in vain"]


class ExchangeHubStep(StoryStep):
    """In every home the Communications Hub is exchanged: new CHF and GPF, fresh certificates.

    The meters stay, and are reached through the new hub. Until handover the cells of supplier and
    network operator on the new GPF hold the Access Control Broker's certificates.
    """

    do: Literal["exchange hub"]


class OldHubStep(StoryStep):
    """Somebody tries what was the old hub's at the new one, or asks the old hub itself."""

    do: Literal["old hub"]
    what: OldHubWord
    """`captured commands`: those kept for the old hub are delivered to the new one; `stale keys`:
    a command for the new one, with a MAC for the old one's key; `forged answers`: an answer in the
    new one's name under the keys that stand in the flash of the old one; `asked in vain`: the old
    hub is asked, and nothing comes back."""
    kept: Slug | None = None
    """The name under which commands were kept."""
    expect: Literal["not believed", "silence"] | RefusalExpected
    """For which reasons the new hub must refuse what is sent to it; of forged answers, that they
    are not believed; of the old hub, that there is silence."""

    @model_validator(mode="after")
    def _fits(self) -> "OldHubStep":
        if (self.what == "captured commands") != (self.kept is not None):
            raise ValueError("kept goes with captured commands, and they with kept")
        wanted = {"forged answers": "not believed", "asked in vain": "silence"}.get(self.what)
        if wanted is None and not isinstance(self.expect, RefusalExpected):
            raise ValueError("the new hub must refuse what is sent to it; say why: {refused: […]}")
        if wanted is not None and self.expect != wanted:
            raise ValueError(f"write expect: {wanted}")
        return self
