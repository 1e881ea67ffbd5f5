"""Steps in which the SMKI PMA determines what was referred to it, and people are given tasks."""

from typing import Literal

from pydantic import StrictBool, model_validator

from firmware_sim.bench.drills.people_steps import CaseStep
from firmware_sim.bench.drills.story_terms import OneLine, Slug
from firmware_sim.bench.governance.committee import Office
from firmware_sim.bench.governance.compromise import Body


class ReferStep(CaseStep):
    """Whether a step shall be taken is referred to the SMKI PMA (SEC L10.2(c)(ii))."""

    do: Literal["refer"]
    question: Slug
    """A name for it, by which it is determined."""
    what: OneLine
    by: Body = Body.DCC


class DetermineStep(CaseStep):
    """A meeting determines what was referred, or that an S1SPKI key counts (SEC L10.30(c)(vi))."""

    do: Literal["determine"]
    question: Slug | None = None
    """What was referred; without it, that the key of the Compromise is a Relevant Private Key."""
    answer: OneLine | None = None
    against: tuple[Office, ...] = ()
    expect: Literal["determined", "refused"] = "determined"

    @model_validator(mode="after")
    def _answered(self) -> "DetermineStep":
        if (self.question is None) != (self.answer is None):
            raise ValueError("a question has an answer, and a key has none")
        return self


class NominateStep(CaseStep):
    """A Party nominates somebody for a task, as the SMKI PMA requires (SEC L10.2(c)(iii))."""

    do: Literal["nominate"]
    party: Slug
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
    person: Slug
    task: Slug


class PerformStep(CaseStep):
    """Somebody does what was given to them (SEC L10.5)."""

    do: Literal["perform"]
    person: Slug
    task: Slug
    what: OneLine
    instructed: StrictBool = True
    """Whether it is done as the SMKI PMA, or the Panel, has instructed."""
