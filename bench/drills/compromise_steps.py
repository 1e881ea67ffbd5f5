"""The steps of a Compromise: a key falls, and what is said of it until the report at the end.

What a story of an earlier version does not say is left open here. It is played all the same, and
the procedure verdict names what is missing.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictBool, model_validator

from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.story_step import CaseStep, StoryStep
from firmware_sim.bench.drills.story_terms import (
    Count,
    Generation,
    OneLine,
    Reporter,
    Role,
    Slug,
    Strict,
    Type,
)
from firmware_sim.bench.files.terms import one_of
from firmware_sim.bench.governance.compromise import Body, Certainty, PartyCategory

_ALL_BUT_ONE = 2


class CompromiseStep(StoryStep):
    """A Relevant Private Key is, or may be, in other hands, and the record says so."""

    model_config = ConfigDict(json_schema_extra=one_of(role="string", key="string", cell="string"))

    do: Literal["compromise"]
    party: Slug | None = None
    """The organisation whose key it is, where its role has several."""
    role: Role | None = None
    """Whose signing key it is; `root` is the Root OCA's key."""
    key: FallenName | None = None
    """Another key than a signing key of a role."""
    cell: FallenName | None = None
    """The same, where its certificate fills a cell: a key by the name of that cell."""
    generation: Generation = 1
    """Of the key, from 1."""
    certainty: Certainty = Certainty.ACTUAL
    """Whether the key is known to others, or may be."""
    reporter: Reporter
    """The body that found out, or an organisation of the story."""
    found: OneLine | None = None
    """How it became known."""
    copied: StrictBool | None = None
    """Whether the attacker has a copy; a mere suspicion gives none, unless a later step uses it."""
    determined: StrictBool = False
    """Whether the SMKI PMA has determined that an S1SPKI key is a Relevant Private Key."""

    @model_validator(mode="after")
    def _one_key(self) -> "CompromiseStep":
        if [self.role, self.key, self.cell].count(None) != _ALL_BUT_ONE:
            raise ValueError("name either a role or a key, or a cell in its place")
        if self.cell is not None and self.cell.cell is None:
            raise ValueError(f"{self.cell} is no cell; write key: {self.cell}")
        return self

    @property
    def fallen(self) -> FallenName:
        """The key, however it is named."""
        return self.key or self.cell or FallenName.of_role(self.role)

    @property
    def reporting_body(self) -> Body:
        """The reporter as a body: an organisation is a Party."""
        return self.reporter if isinstance(self.reporter, Body) else Body.PARTY


class NamedParty(Strict):
    """One Party by its label in the story."""

    party: Slug
    """Its label."""


Recipient = Body | PartyCategory | NamedParty


class NotifyStep(CaseStep):
    """One body notifies others of the Compromise (SEC L10.1(a))."""

    do: Literal["notify"]
    sender: Annotated[Body, Field(alias="from")]
    """The body that tells."""
    to: Annotated[tuple[Recipient, ...], Field(min_length=1)]
    """Whom it tells: bodies, Party Categories, or one Party by its label."""


class ConfirmStep(CaseStep):
    """The DCC finds out whether the report of a Compromise is true (SEC L10.1(d)(i))."""

    do: Literal["confirm"]
    finding: Literal["confirmed", "false alarm"] = "confirmed"
    """What the DCC finds."""
    how: OneLine
    """How it finds it."""


class PrepareStep(CaseStep):
    """A preparatory step, before there is a decision (SEC L10.2(b))."""

    do: Literal["prepare"]
    what: OneLine
    """What is prepared."""
    instructed: Body | None = None
    """The DCC, the SMKI PMA or the Panel; another body, or none, is a departure."""


class EvidenceStep(CaseStep):
    """Why ordinary commands were not sent, or could not mend the harm (SEC L10.16(b)(ii))."""

    do: Literal["evidence"]
    devices: tuple[Type, ...] = ()
    """Of devices of these types only."""
    why: OneLine
    """The reason."""


class ReportStep(CaseStep):
    """DCC tells the PMA what was done (SEC L10.3); numbers that it states must be the ledger's."""

    do: Literal["report"]
    commands: Count | None = None
    """How many commands were sent under the protected key."""
    devices: Count | None = None
    """How many devices they went to."""
    relevant: Count | None = None
    """How many Relevant Devices there are."""
