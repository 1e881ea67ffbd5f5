"""The schema of a story: what a drill does, step by step. Unknown keys are errors.

A story names parties, cells and generations of credentials, never devices or octets, so the
same story runs on one premises or on a thousand. Devices without the cells that a step is
about are left out of that step.
"""

from typing import Annotated, Literal

from pydantic import (
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    StrictBool,
    Tag,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from firmware_sim.bench.drills.claim_steps import ClaimActStep, ReferBreachStep
from firmware_sim.bench.drills.people_steps import (
    AskCustodyStep,
    AskInformationStep,
    CeremonyStep,
    CloseMeetingStep,
    CompromiseStep,
    ConfirmStep,
    CoordinateStep,
    DecideStep,
    EvidenceStep,
    InformStep,
    IssueStep,
    MeetStep,
    NotifyStep,
    PrepareStep,
    ReportStep,
    StoryStep,
)
from firmware_sim.bench.drills.selection import CellSelector, meant_for
from firmware_sim.bench.drills.story_terms import (
    Generation,
    Instant,
    Mode,
    OneLine,
    Reason,
    Role,
    Slug,
    Status,
    Strict,
    Type,
)
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.evidence.run_info import Clause
from firmware_sim.bench.governance.assumptions import Assumptions, Evidence, Voting
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId


class RefusalExpected(Strict):
    """The device must refuse, for one of these reasons, and change no cell."""

    refused: Annotated[tuple[Reason, ...], Field(min_length=1)]
    """The reasons that count."""


Expectation = Literal["accepted"] | RefusalExpected

StatusExpected = Annotated[dict[CellSelector, Status], Field(min_length=1)]
"""The device must answer with this status for these cells, which then stay as they were, and
with success for all others; later entries decide."""


def _kind_of(expected: object) -> str:
    if isinstance(expected, RefusalExpected) or (
        isinstance(expected, dict) and "refused" in expected
    ):
        return "refusal"
    return "status" if isinstance(expected, dict) else "word"


UpdateExpectation = Annotated[
    Annotated[Literal["accepted"], Tag("word")]
    | Annotated[RefusalExpected, Tag("refusal")]
    | Annotated[StatusExpected, Tag("status")],
    Discriminator(_kind_of),
]


class Held(Strict):
    """A credential in a cell; a number alone is a generation of the cell's own party."""

    holder: Role | None = None
    """The party whose certificate it is, if not the cell's own."""
    generation: Generation = 1
    """Of the credential, from 1."""

    @model_validator(mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return {"generation": value} if is_number else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The long form, or a number alone."""
        return {"anyOf": [handler(core), {"type": "integer", "minimum": 1}]}

    def credential(self, cell: TrustAnchorCellId) -> Credential:
        """The certificate that is meant, in that cell."""
        return Credential.in_cell(cell, self.generation, self.holder)


class Provision(Strict):
    """Cells that leave the factory with other credentials than generation 1 of their own party."""

    devices: tuple[Type, ...] = ()
    """Only devices of these types; none for all that have the cells."""
    cells: Annotated[tuple[CellSelector, ...], Field(min_length=1)]
    """The cells: `all`, a role, or one cell."""
    holder: Role | None = None
    """The party whose certificates they are, if not the cells' own."""
    generation: Generation = 1
    """Of the certificates, from 1."""


class SendingStep(StoryStep):
    """What every step says in which a party, or the adversary in its name, sends commands."""

    by: Role
    """Role of the party; `root` for Contingency, whose key the root cell carries."""
    acting: Annotated[Role | None, Field(alias="as")] = None
    """The role it acts in, where its certificates stand in another role's cells."""
    credentials: Generation = 1
    """The generation of the party's own keys."""
    broker: Generation | None = None
    """The generation of the Access Control Broker that adds a MAC; by default the device's."""
    stolen: StrictBool = False
    """The sender is the attacker with a copied key, not the party."""
    devices: tuple[Type, ...] = ()
    """Only devices of these types; none for all that have the cells."""
    keep: Slug | None = None
    """Keep the messages under this name, for a replay."""

    @property
    def role(self) -> RemotePartyRole:
        """The role in whose cells the device looks for the sender's key."""
        return self.acting or self.by


class ReadBackStep(SendingStep):
    """CS02a, and the flash image beside it: which credentials does each cell hold?"""

    do: Literal["read back"]
    expect: Expectation = "accepted"
    """Whether the device must answer, or for which reasons it must refuse."""
    holding: dict[CellSelector, Held] = Field(default_factory=dict)
    """What the cells must hold; later entries decide. Compared with both sources."""


class UpdateStep(SendingStep):
    """CS02b: replace cells by credentials of another generation."""

    do: Literal["update"]
    mode: Mode
    """Who replaces what, by GBCS 13.3."""
    cells: Annotated[tuple[CellSelector, ...], Field(min_length=1)]
    """The cells to replace: `all`, a role, or one cell."""
    install: Generation
    """The generation of the new credentials."""
    holder: Role | None = None
    """The party whose certificates are installed, if not the cells' own."""
    floors: Literal["none", "zero", "now"] = "none"
    """Where the Originator Counters of the sender, and of each new key, begin."""
    overheard: Slug | None = None
    """Kept contingency commands from which the attacker takes the symmetric key."""
    expect: UpdateExpectation = "accepted"
    """Whether the device must obey, for which reasons refuse, or a status for each cell."""

    def status_of(self, cell: TrustAnchorCellId) -> StatusCode:
        """What the device must report of a cell, if it does not refuse the command."""
        said = meant_for(cell, self.expect) if isinstance(self.expect, dict) else None
        return StatusCode.SUCCESS if said is None else said


class ReplayStep(StoryStep):
    """Messages that were kept are sent again, octet by octet."""

    do: Literal["replay"]
    kept: Slug
    """The name under which they were kept."""
    expect: RefusalExpected
    """For which reasons the device must refuse."""


Step = Annotated[
    CompromiseStep
    | NotifyStep
    | ConfirmStep
    | PrepareStep
    | MeetStep
    | CloseMeetingStep
    | AskInformationStep
    | InformStep
    | DecideStep
    | EvidenceStep
    | CeremonyStep
    | CoordinateStep
    | IssueStep
    | AskCustodyStep
    | ReadBackStep
    | UpdateStep
    | ReplayStep
    | ReportStep
    | ClaimActStep
    | ReferBreachStep,
    Field(discriminator="do"),
]


class ClauseEntry(Strict):
    """One rule that the story exercises."""

    clause: OneLine
    """Where it stands, e.g. SEC L10.2(a)."""
    text: OneLine
    """What it says, in one line."""


class StoryAssumptions(Strict):
    """What a story assumes of people where the public texts are silent."""

    voting: Voting = "majority"
    """What carries a motion."""
    evidence: Evidence = "every"
    """Of which Relevant Devices an Event of type B needs evidence."""
    custodians: Annotated[int, Field(strict=True, ge=1, le=16)] = 5
    """How many Key Custodians there are."""
    needed: Annotated[int, Field(strict=True, ge=1, le=16)] = 3
    """How many of them must come together."""

    @property
    def values(self) -> Assumptions:
        """As the procedure wants them."""
        return Assumptions(self.voting, self.evidence, self.needed, self.custodians)


class Story(Strict):
    """A drill.

    Attributes:
        name: of the story, its folder and its reports.
        title: what it rehearses, in one line for people.
        summary: the same in a few sentences.
        rules: clauses that it exercises; each of SEC Section L must be one that a step can earn.
        start: where the drill's clock begins; nothing in a message comes from another clock.
        devices: the device types of every premises that take part; none for all.
        provision: what cells hold at first, where that is not generation 1 of their own party.
        assumptions: what is chosen where the public texts are silent about people.
        steps: what happens, in order.
    """

    name: Slug
    title: OneLine
    summary: OneLine
    rules: tuple[ClauseEntry, ...] = ()
    start: Instant
    devices: tuple[Type, ...] = ()
    provision: tuple[Provision, ...] = ()
    assumptions: StoryAssumptions = StoryAssumptions()
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The rules, as a report wants them."""
        return tuple(Clause(rule.clause, rule.text) for rule in self.rules)
