"""Steps in which the SMKI PMA determines what was referred to it, and people are given tasks."""

from typing import Final, Literal

from pydantic import ConfigDict, JsonValue, StrictBool, model_validator

from firmware_sim.bench.drills.story_step import CaseStep
from firmware_sim.bench.drills.story_terms import OneLine, Slug
from firmware_sim.bench.governance.committee import Office
from firmware_sim.bench.governance.compromise import Body


class ReferStep(CaseStep):
    """Whether a step shall be taken is referred to the SMKI PMA (SEC L10.2(c)(ii))."""

    do: Literal["refer"]
    question: Slug
    """A name for it, by which it is determined."""
    what: OneLine
    """What is asked."""
    by: Body = Body.DCC
    """The body that refers it."""


_BOTH: Final[JsonValue] = {
    "required": ["question", "answer"],
    "properties": {"question": {"type": "string"}, "answer": {"type": "string"}},
}
_NEITHER: Final[JsonValue] = {
    "properties": {"question": {"type": "null"}, "answer": {"type": "null"}},
}


class DetermineStep(CaseStep):
    """A meeting determines what was referred, or that an S1SPKI key counts (SEC L10.30(c)(vi))."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [_BOTH, _NEITHER]})

    do: Literal["determine"]
    question: Slug | None = None
    """What was referred; without it, that the key of the Compromise is a Relevant Private Key."""
    answer: OneLine | None = None
    """What is determined; of a key nothing."""
    against: tuple[Office, ...] = ()
    """Offices that do not vote for it."""
    expect: Literal["determined", "refused"] = "determined"
    """What must come of it."""

    @model_validator(mode="after")
    def _answered(self) -> "DetermineStep":
        if (self.question is None) != (self.answer is None):
            raise ValueError("a question has an answer, and a key has none")
        return self


class NominateStep(CaseStep):
    """A Party nominates somebody for a task, as the SMKI PMA requires (SEC L10.2(c)(iii))."""

    do: Literal["nominate"]
    party: Slug
    """The Party that nominates: a label."""
    person: Slug
    """A label; a Key Custodian by the name that the ceremony uses."""
    task: Slug
    """``key-custodian`` is the task of those who hold a ceremony."""
    required: Body | None = None
    """Who required it; a step without it is a departure."""


class AppointStep(CaseStep):
    """The SMKI PMA or the Panel gives one of its members a role (SEC L10.5)."""

    do: Literal["appoint"]
    by: Literal[Body.SMKI_PMA, Body.PANEL]
    """Whose member it is."""
    person: Slug
    """The member: a label."""
    task: Slug
    """A name for the role, by which it is performed."""


class PerformStep(CaseStep):
    """Somebody does what was given to them (SEC L10.5)."""

    do: Literal["perform"]
    person: Slug
    """Who does it: the label with which the task was given."""
    task: Slug
    """The task, by the name with which it was given."""
    what: OneLine
    """What is done."""
    instructed: StrictBool = True
    """Whether it is done as the SMKI PMA, or the Panel, has instructed."""
