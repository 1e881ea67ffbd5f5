"""The schema of a story: what a drill does, step by step. Unknown keys are errors.

A story names parties, cells and generations of credentials, never devices or octets, so the
same story runs on one premises or on a thousand. Devices without the cells that a step is
about are left out of that step.
"""

from typing import Annotated, Literal

from pydantic import (
    Discriminator,
    Field,
    StrictBool,
    Tag,
    model_validator,
)

from firmware_sim.bench.drills.again_step import UpdateAgainStep
from firmware_sim.bench.drills.attacker_terms import AttackerTerm
from firmware_sim.bench.drills.audit_step import AuditStep, FoundTerm
from firmware_sim.bench.drills.certificate_steps import CoordinateStep, IssueStep
from firmware_sim.bench.drills.claim_steps import BreachActStep, ClaimActStep, ReferBreachStep
from firmware_sim.bench.drills.committee_steps import (
    AppointStep,
    DetermineStep,
    NominateStep,
    PerformStep,
    ReferStep,
)
from firmware_sim.bench.drills.estimate_step import EstimateStep
from firmware_sim.bench.drills.execute_terms import Execution
from firmware_sim.bench.drills.failure_steps import (
    DelayStep,
    EndDelayStep,
    RevokeStep,
    StandInStep,
    SupplierFailsStep,
    TransferStep,
)
from firmware_sim.bench.drills.fallen_keys import FallenName, keys_to_act_as
from firmware_sim.bench.drills.fault_terms import Fault
from firmware_sim.bench.drills.held_terms import Held as Held
from firmware_sim.bench.drills.held_terms import Provision as Provision
from firmware_sim.bench.drills.hub_steps import ExchangeHubStep, OldHubStep
from firmware_sim.bench.drills.link_terms import LinkTerms
from firmware_sim.bench.drills.omit_terms import Forged, Omitted
from firmware_sim.bench.drills.people_steps import (
    AskCustodyStep,
    AskInformationStep,
    CeremonyStep,
    CloseMeetingStep,
    CompromiseStep,
    ConfirmStep,
    DecideStep,
    EvidenceStep,
    InformStep,
    LeaveStep,
    MeetStep,
    NotifyStep,
    PrepareStep,
    ReportStep,
    StoryStep,
)
from firmware_sim.bench.drills.refusal_terms import RefusalExpected as RefusalExpected
from firmware_sim.bench.drills.rehearsals import RehearsalPlan
from firmware_sim.bench.drills.selection import CellSelector, meant_for
from firmware_sim.bench.drills.story_terms import (
    ClockTrust,
    FileBeside,
    Generation,
    Holder,
    Instant,
    Mode,
    OneLine,
    Role,
    Slug,
    Status,
    Strict,
    Type,
)
from firmware_sim.bench.drills.use_terms import (
    ANSWERED_READINGS,
    BESIDE_DEVICES,
    OPEN,
    SELL,
    TOP_UP,
    UseWord,
    stolen_cell,
)
from firmware_sim.bench.drills.validity_terms import ValidityTerm
from firmware_sim.bench.drills.verdict_terms import VerdictTerms
from firmware_sim.bench.drills.wave_terms import RetryTerm, StopTerm, WaveTerm
from firmware_sim.bench.evidence.run_info import Clause
from firmware_sim.bench.governance.assumptions import Assumptions, Evidence, Voting
from firmware_sim.bench.population.schema import Population
from firmware_sim.bench.population.smi import Smi
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId

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
    Annotated[Literal["accepted", "not signed", "not served"], Tag("word")]
    | Annotated[RefusalExpected, Tag("refusal")]
    | Annotated[StatusExpected, Tag("status")],
    Discriminator(_kind_of),
]


class SendingStep(StoryStep):
    """What every step says in which a party, or the adversary in its name, sends commands."""

    by: Role
    """Role of the party; `root` for Contingency, whose key the root cell carries."""
    party: Slug | None = None
    """The organisation in that role; without it each device's own."""
    at: Slug | None = None
    """Only devices of this organisation: the one in `party`, if it is left out."""
    smi: Smi | None = None
    """Only devices with this SMI Status."""
    relevant: StrictBool | None = None
    """Only the Relevant Devices of the latest decision; without it so for Recovery and Contingency
    in a story with a population or an inventory, and else all devices."""
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
    found: FoundTerm | None = None
    """Only devices in which an audit before found this."""
    keep: Slug | None = None
    """Keep the messages under this name, for a replay."""

    @property
    def keys_to_steal(self) -> tuple[FallenName, ...]:
        """The keys of which an attacker needs one to send it."""
        return keys_to_act_as(self.by)

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
    holder: Holder | None = None
    """The party whose certificates are installed, if not the cells' own."""
    floors: Literal["none", "zero", "now"] = "none"
    """Where the Originator Counters of the sender, and of each new key, begin."""
    overheard: Slug | None = None
    """Kept contingency commands from which the attacker takes the symmetric key."""
    expect: UpdateExpectation = "accepted"
    """Whether the device must obey, for which reasons refuse, or a status for each cell; or, of
    Recovery and Contingency, that custody must not sign because no decision covers it; or, in the
    name or at the devices of a failed supplier, that the DCC must not pass it on."""
    execute: Execution | None = None
    """When the device is to carry the command out; without it at once."""
    omit: tuple[Omitted, ...] = ()
    """What the command lacks."""
    absent: StrictBool = False
    """The devices have no such cells: the command names them all the same."""
    under: Generation | None = None
    """Generation of the Issuing OCA of certificates and path; without it the device's own."""
    under_present_root: Annotated[StrictBool, Field(alias="under present root")] = False
    """The Issuing OCA in `under` has its certificate of the root that the device holds now."""
    links: Annotated[tuple[Generation, ...], Field(min_length=1)] | None = None
    """The roots for which a link certificate stands in the path, in this order: each is vouched for
    by the root before it. Without it the root that is installed."""
    forge: tuple[Forged, ...] = ()
    """What of the command a wrong key has signed."""
    waves: tuple[WaveTerm, ...] = ()
    """One after the other; none for all devices in one go."""
    stop: StopTerm | None = None
    """When no further wave begins."""
    retry: RetryTerm | None = None
    """What follows silence; without it the command is sent again at once."""
    time_checks: Annotated[StrictBool, Field(alias="time checks")] = True
    """Whether the device is to look at periods of validity; `false`: the command disapplies it."""
    clock: ClockTrust = "reliable"
    """How far the devices trust their clocks, which show the right time, during the step."""

    @property
    def is_to_fail(self) -> bool:
        """Whether no device may obey."""
        refused = isinstance(self.expect, RefusalExpected)
        return refused or self.expect in ("not signed", "not served")

    def status_of(self, cell: TrustAnchorCellId) -> StatusCode:
        """What the device must report of a cell, if it does not refuse the command."""
        said = meant_for(cell, self.expect) if isinstance(self.expect, dict) else None
        return StatusCode.SUCCESS if said is None else said


class UseStep(SendingStep):
    """A device uses its keys: it is read, topped up, armed, or given firmware."""

    do: Literal["use"]
    what: UseWord
    """What the device does. `sell token` makes a token for each customer, who keeps it; `open
    recorded` reads answers that were kept: no device is asked in either."""
    token: Slug | None = None
    """Name of tokens: under it they are sold, and brought. Without it a top-up has a new one."""
    pence: Annotated[int, Field(strict=True, ge=1, le=8191)] = 1000
    """What a new token is worth."""
    kept: Slug | None = None
    """The name under which a use kept the answers that are opened."""
    sample: Annotated[int | None, Field(strict=True, ge=1)] = None
    """Only so many devices of each type, which chance draws: those that come first among the
    devices that the step could ask. Without it, all."""
    expect: Literal["accepted", "unreadable", "not served"] | RefusalExpected = "accepted"
    """Whether it must go well, the sender must not be able to verify or read the answer, the DCC
    must not pass it on, or the device must refuse it for one of these reasons."""

    @property
    def keys_to_steal(self) -> tuple[FallenName, ...]:
        return (FallenName(str(stolen_cell(self.what, self.by))),)

    @model_validator(mode="after")
    def _fits(self) -> "UseStep":
        if self.token is not None and self.what not in (SELL, TOP_UP):
            raise ValueError(f"a token is sold or brought; {self.what} has none")
        if self.what == SELL and self.token is None:
            raise ValueError("tokens that are sold need a name; add token")
        if (self.what == OPEN) != (self.kept is not None):
            raise ValueError(f"kept goes with {OPEN}, and {OPEN} with kept")
        if self.what == OPEN and self.sample is not None:
            raise ValueError(f"{OPEN} opens what was kept; take the sample where it was asked")
        if self.expect == "unreadable" and self.what not in (*ANSWERED_READINGS, OPEN):
            raise ValueError(f"{self.what} is no reading; nothing in it can be unreadable")
        if isinstance(self.expect, RefusalExpected) and self.what in BESIDE_DEVICES:
            raise ValueError(f"no device is asked in {self.what}; nothing is refused")
        return self


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
    | LeaveStep
    | CloseMeetingStep
    | AskInformationStep
    | InformStep
    | ReferStep
    | DetermineStep
    | NominateStep
    | AppointStep
    | PerformStep
    | DecideStep
    | EvidenceStep
    | CeremonyStep
    | CoordinateStep
    | IssueStep
    | AskCustodyStep
    | ReadBackStep
    | UpdateStep
    | UpdateAgainStep
    | UseStep
    | ReplayStep
    | AuditStep
    | EstimateStep
    | ExchangeHubStep
    | OldHubStep
    | SupplierFailsStep
    | DelayStep
    | EndDelayStep
    | StandInStep
    | TransferStep
    | RevokeStep
    | ReportStep
    | ClaimActStep
    | ReferBreachStep
    | BreachActStep,
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
    threshold: Annotated[int, Field(strict=True, ge=0, le=10**15)] = Assumptions().threshold
    """Pence over which dates of payment may be referred (SEC L10.24)."""

    @property
    def values(self) -> Assumptions:
        """As the procedure wants them."""
        custodians = self.needed, self.custodians
        return Assumptions(self.voting, self.evidence, *custodians, self.threshold)


class Story(Strict):
    """A drill.

    Attributes:
        name: of the story, its folder and its reports.
        title: what it rehearses, in one line for people; the name, if it is left out.
        summary: the same in a few sentences.
        rules: clauses that it exercises; each of SEC Section L must be one that a step can earn.
        start: where the drill's clock begins; nothing in a message comes from another clock.
        devices: the device types of every premises that take part; none for all.
        population: how many homes, and whose; None for one organisation in each role.
        inventory: name of a file beside the story, with what is believed of each device.
        provision: what cells hold at first, where that is not generation 1 of their own party.
        validity: from when to when certificates are valid, where that is not 2020 to 2039 (parties)
            or to 2069 (authorities).
        links: what goes wrong between parties and devices; None for nothing.
        faults: what happens to single devices and certificates.
        attacker: who holds a key that fell, and what it does with it.
        verdicts: with which the story says that it ends.
        rehearsal: how often the arrangements are tested (SEC L10.1(e)).
        assumptions: what is chosen where the public texts are silent about people.
        steps: what happens, in order.
    """

    name: Slug
    title: OneLine = ""
    summary: OneLine = ""
    rules: tuple[ClauseEntry, ...] = ()
    start: Instant
    devices: tuple[Type, ...] = ()
    population: Population | None = None
    inventory: FileBeside | None = None
    provision: tuple[Provision, ...] = ()
    validity: tuple[ValidityTerm, ...] = ()
    assumptions: StoryAssumptions = StoryAssumptions()
    links: LinkTerms | None = None
    faults: tuple[Fault, ...] = ()
    attacker: tuple[AttackerTerm, ...] = ()
    verdicts: VerdictTerms = VerdictTerms()
    rehearsal: RehearsalPlan | None = None
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _title_from_name(cls, value: object) -> object:
        if isinstance(value, dict) and "title" not in value and "name" in value:
            return {**value, "title": value["name"]}
        return value

    @property
    def effective_population(self) -> Population:
        """The population; without one, the organisations of a single home."""
        return self.population or Population.of_one_each(1)

    @property
    def names_organisations(self) -> bool:
        """Whether it says whose the devices are, or what is believed of them."""
        return self.population is not None or self.inventory is not None

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The rules, as a report wants them."""
        return tuple(Clause(rule.clause, rule.text) for rule in self.rules)
