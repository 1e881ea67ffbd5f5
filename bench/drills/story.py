"""The schema of a story: what a drill does, step by step. Unknown keys are errors.

A story names parties, cells and generations of credentials, never devices or octets, so the
same story runs on one premises or on a thousand. Devices without the cells that a step is
about are left out of that step.
"""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, StrictBool, Tag, model_validator

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
from firmware_sim.bench.governance.committee import Office
from firmware_sim.bench.governance.compromise import Body, Certainty
from firmware_sim.bench.governance.decision import DecisionOutcome
from firmware_sim.bench.smki.custody import CustodyKey
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId


class RefusalExpected(Strict):
    """The device must refuse, for one of these reasons, and change no cell."""

    refused: Annotated[tuple[Reason, ...], Field(min_length=1)]


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

    @model_validator(mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return {"generation": value} if is_number else value

    def credential(self, cell: TrustAnchorCellId) -> Credential:
        """The certificate that is meant, in that cell."""
        return Credential.in_cell(cell, self.generation, self.holder)


class Provision(Strict):
    """Cells that leave the factory with other credentials than generation 1 of their own party."""

    devices: tuple[Type, ...] = ()
    """Only devices of these types; none for all that have the cells."""
    cells: Annotated[tuple[CellSelector, ...], Field(min_length=1)]
    holder: Role | None = None
    """The party whose certificates they are, if not the cells' own."""
    generation: Generation = 1


class _Step(Strict):
    name: Slug
    title: OneLine
    minutes: Annotated[int, Field(strict=True, ge=0, le=60 * 24 * 30)] = 1
    """How long before the next step begins, on the drill's clock."""


class CompromiseStep(_Step):
    """An attacker gets a copy of a Relevant Private Key, and the record says so."""

    do: Literal["compromise"]
    role: Role
    generation: Generation = 1
    certainty: Certainty = Certainty.ACTUAL
    reporter: Body
    found: OneLine
    """How it became known."""


class NotifyStep(_Step):
    """One body notifies others of the compromise (SEC L10.1(a))."""

    do: Literal["notify"]
    sender: Annotated[Body, Field(alias="from")]
    to: Annotated[tuple[Body, ...], Field(min_length=1)]


class MeetStep(_Step):
    """The SMKI PMA meets (SEC L1.13)."""

    do: Literal["meet"]
    present: Annotated[tuple[Office, ...], Field(min_length=1)]
    expect: Literal["quorum", "no quorum"] = "quorum"


class DecideStep(_Step):
    """The meeting decides whether a key must be used (SEC L1.17(i))."""

    do: Literal["decide"]
    outcome: DecisionOutcome
    grounds: Annotated[tuple[OneLine, ...], Field(min_length=1)]
    expect: Literal["decided", "refused"] = "decided"


class AskCustodyStep(_Step):
    """Custody is asked for a key that no decision opens; it must refuse (SEC L10.2(a)).

    The decision shown is the latest; before there is one, a decision that the SMKI PMA never took.
    """

    do: Literal["ask custody"]
    use: CustodyKey


class SendingStep(_Step):
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
    holding: dict[CellSelector, Held] = Field(default_factory=dict)
    """What the cells must hold; later entries decide. Compared with both sources."""


class UpdateStep(SendingStep):
    """CS02b: replace cells by credentials of another generation."""

    do: Literal["update"]
    mode: Mode
    cells: Annotated[tuple[CellSelector, ...], Field(min_length=1)]
    install: Generation
    holder: Role | None = None
    """The party whose certificates are installed, if not the cells' own."""
    floors: Literal["none", "zero", "now"] = "none"
    overheard: Slug | None = None
    """Kept contingency commands from which the attacker takes the symmetric key."""
    expect: UpdateExpectation = "accepted"

    def status_of(self, cell: TrustAnchorCellId) -> StatusCode:
        """What the device must report of a cell, if it does not refuse the command."""
        said = meant_for(cell, self.expect) if isinstance(self.expect, dict) else None
        return StatusCode.SUCCESS if said is None else said


class ReplayStep(_Step):
    """Messages that were kept are sent again, octet by octet."""

    do: Literal["replay"]
    kept: Slug
    expect: RefusalExpected


class ReportStep(_Step):
    """DCC tells the PMA what was done (SEC L10.3)."""

    do: Literal["report"]


Step = Annotated[
    CompromiseStep
    | NotifyStep
    | MeetStep
    | DecideStep
    | AskCustodyStep
    | ReadBackStep
    | UpdateStep
    | ReplayStep
    | ReportStep,
    Field(discriminator="do"),
]


class ClauseEntry(Strict):
    """One rule that the story exercises."""

    clause: OneLine
    text: OneLine


class Story(Strict):
    """A drill.

    Attributes:
        start: where the drill's clock begins; nothing in a message comes from another clock.
        devices: the device types of every premises that take part; none for all.
        provision: what cells hold at first, where that is not generation 1 of their own party.
    """

    name: Slug
    title: OneLine
    summary: OneLine
    rules: tuple[ClauseEntry, ...] = ()
    start: Instant
    devices: tuple[Type, ...] = ()
    provision: tuple[Provision, ...] = ()
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The rules, as a report wants them."""
        return tuple(Clause(rule.clause, rule.text) for rule in self.rules)
