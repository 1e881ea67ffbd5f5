"""The steps of a story in which people act: what they say, and what they may leave out.

What a story of an earlier version does not say is left open here. It is played all the same, and
the procedure verdict names what is missing.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, GetJsonSchemaHandler, StrictBool, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.selection import CellSelector
from firmware_sim.bench.drills.story_terms import (
    Generation,
    OneLine,
    Reporter,
    Role,
    Slug,
    Strict,
    Type,
)
from firmware_sim.bench.files.terms import one_of
from firmware_sim.bench.governance.committee import Attendance, Office
from firmware_sim.bench.governance.compromise import Body, Certainty, PartyCategory
from firmware_sim.bench.governance.decision import DecisionOutcome
from firmware_sim.bench.governance.scope import RecoveryMethod
from firmware_sim.bench.smki.custody import CustodyKey

_Count = Annotated[int, Field(strict=True, ge=0, le=10**9)]


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
    """The body that instructed it; a step without it is a departure."""


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
    pence: _Count | None = None
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


class EvidenceStep(CaseStep):
    """Why ordinary commands were not sent, or could not mend the harm (SEC L10.16(b)(ii))."""

    do: Literal["evidence"]
    devices: tuple[Type, ...] = ()
    """Of devices of these types only."""
    why: OneLine
    """The reason."""


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


class ReportStep(CaseStep):
    """DCC tells the PMA what was done (SEC L10.3); numbers that it states must be the ledger's."""

    do: Literal["report"]
    commands: _Count | None = None
    """How many commands were sent under the protected key."""
    devices: _Count | None = None
    """How many devices they went to."""
    relevant: _Count | None = None
    """How many Relevant Devices there are."""
