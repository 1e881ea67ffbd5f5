"""The steps of a meeting of the SMKI PMA: who is there, what is asked, what is decided."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, GetJsonSchemaHandler, StrictBool, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from firmware_sim.bench.drills.selection import CellSelector
from firmware_sim.bench.drills.story_step import CaseStep, StoryStep
from firmware_sim.bench.drills.story_terms import Count, OneLine, Slug, Strict, Type
from firmware_sim.bench.governance.committee import Attendance, Office
from firmware_sim.bench.governance.compromise import Body
from firmware_sim.bench.governance.decision import DecisionOutcome
from firmware_sim.bench.governance.scope import RecoveryMethod


class Seat(Strict):
    """One office at a meeting, and who sits there."""

    office: Office
    """One of the ten offices."""
    person: Slug | None = None
    """A label; the holder of the office if it is left out."""
    alternate: StrictBool = False
    """Whether the person stands in for the holder."""

    @model_validator(mode="before")
    @classmethod
    def _office_alone(cls, value: object) -> object:
        return {"office": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The long form, or an office alone."""
        long = handler(core)
        office = handler.resolve_ref_schema(long)["properties"]["office"]
        return {"anyOf": [long, office]}

    @property
    def attendance(self) -> Attendance:
        """As a meeting wants it."""
        return Attendance(self.office, self.person or "", self.alternate)


class Guest(StrEnum):
    """Others who may be invited to a meeting (SEC L1.14(b)): they speak, and do not vote."""

    ASSURANCE = "Independent SMKI Assurance Service Provider"
    MANUFACTURER = "device manufacturers"
    LAWYER = "specialist legal adviser"


class MeetStep(CaseStep):
    """The SMKI PMA meets (SEC L1.13); the meeting lasts until it is closed, or too long."""

    do: Literal["meet"]
    present: Annotated[tuple[Seat, ...], Field(min_length=1)]
    """The offices that are represented."""
    invited: tuple[Body, ...] = ()
    """Bodies that are asked to come; the DCC must be."""
    guests: tuple[Guest, ...] = ()
    """Others who are there; they count for no quorum."""
    expect: Literal["quorum", "no quorum"] = "quorum"
    """Whether they are enough to decide."""


class LeaveStep(StoryStep):
    """Members leave the meeting, and count for it no more (SEC L1.13)."""

    do: Literal["leave"]
    offices: Annotated[tuple[Office, ...], Field(min_length=1)]
    """The offices that go."""


class CloseMeetingStep(StoryStep):
    """The meeting is closed: nothing can be decided in it any more."""

    do: Literal["close meeting"]


class AskInformationStep(CaseStep):
    """The SMKI PMA asks for information before it decides (SEC L10.10(b))."""

    do: Literal["ask for information"]
    of: Annotated[tuple[Body, ...], Field(min_length=1)]
    """The bodies that are asked."""
    what: OneLine
    """The question."""


class InformStep(CaseStep):
    """The information is given (SEC L10.11)."""

    do: Literal["inform"]
    by: Body
    """The body that answers."""
    what: OneLine
    """The answer."""
    pence: Count | None = None
    """What the assistance cost; the DCC reimburses it (SEC L10.12)."""


class DecideStep(CaseStep):
    """The meeting decides whether a key must be used (SEC L1.17(i))."""

    do: Literal["decide"]
    outcome: DecisionOutcome
    """Which protected key must be used, or none."""
    grounds: Annotated[tuple[OneLine, ...], Field(min_length=1)]
    """Why."""
    factors: dict[Slug, OneLine] = Field(default_factory=dict)
    """Answers to the factors of the SMKI Recovery Key Guidance."""
    cells: tuple[CellSelector, ...] = ()
    """Which cells may be replaced; without it those that the Compromise touches."""
    methods: tuple[RecoveryMethod, ...] = (RecoveryMethod.BROKER, RecoveryMethod.NEW)
    """By which Methods Recovery may replace credentials."""
    devices: tuple[Type, ...] = ()
    """Relevant Devices of these types only."""
    hours: Annotated[int, Field(strict=True, ge=1, le=24 * 400)] | None = None
    """How long the decision holds; without it until another one supersedes it."""
    against: tuple[Office, ...] = ()
    """Offices that do not vote for it."""
    precedence: tuple[OneLine, ...] = ()
    """Other provisions of the Code before which this decision goes (SEC L10.2(c)(i))."""
    expect: Literal["decided", "refused", "no event"] = "decided"
    """What must come of it; `no event` is a decision that no Recovery Event follows."""
