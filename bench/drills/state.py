"""The state of one drill: who takes part, what is known of every cell, what was decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.attacker_terms import AttackerTerm
from firmware_sim.bench.drills.claims_so_far import Claims
from firmware_sim.bench.drills.conditions import DrillConditions
from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.drills.failures import Failures
from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.hubs_so_far import HubsSoFar
from firmware_sim.bench.drills.image_readings import ImageReadings
from firmware_sim.bench.drills.issued import IssuedGenerations
from firmware_sim.bench.drills.notice_folder import NoticeFolder
from firmware_sim.bench.drills.ownership import Ownership
from firmware_sim.bench.drills.participants import Participants
from firmware_sim.bench.drills.proofs import ProofsSoFar
from firmware_sim.bench.drills.step_log import CellIdentifiers, StepFinding, StepLog
from firmware_sim.bench.drills.tokens import TokenBook
from firmware_sim.bench.drills.top_up_gaps import TopUpGaps
from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.dut.simulated.credential import Credential, Filling
from firmware_sim.bench.dut.target import Target
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.governance.decision import DecisionGate, VerifiedDecision
from firmware_sim.bench.governance.earned_clauses import cited
from firmware_sim.bench.governance.procedure import Case, Procedure
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.population.estate import Estate
from firmware_sim.bench.progress import Progress
from firmware_sim.bench.smki.custody import Custody
from firmware_sim.devices.image_contents import ImageContents
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import ACB_KEY_AGREEMENT, TrustAnchorCellId
from firmware_sim.machine.image.records import Cell

if TYPE_CHECKING:
    from firmware_sim.bench.audit.result import AuditFinding
    from firmware_sim.bench.drills.waiting import WaitingCommand

Cells = Mapping[TrustAnchorCellId, Cell]

NO_IMAGE = "only the device can read its flash"


class RecordedAnswer(NamedTuple):
    """An answer to a use of keys, as whoever listens to the link records it."""

    contact: DeviceContact
    command: Message
    octets: bytes
    at: datetime


class Kept(NamedTuple):
    """One message, set aside for a replay.

    Attributes:
        is_spent: the device has had it, or a later one of the same counters, as far as is known.
    """

    contact: DeviceContact
    octets: bytes
    is_spent: bool = True


@dataclass(slots=True)
class DrillState:
    """Everything that steps work with, and what they leave to each other.

    Attributes:
        contacts: the same devices, as parties know them, in a fixed order.
        estate: the same devices as they were before the first step: whose they are, and their
            SMI Status, which do not change.
        ownership: which organisation a role means at each device.
        issued: which generations of certificates there are by now.
        has_population: whether the story says how many organisations there are.
        names_organisations: whether it has that, or an inventory: then each device's owner, and
            why it is relevant, stand in the record.
        held: whose certificate every cell holds, an attacker's work included.
        believed: whose it holds as those who keep the inventory believe: without that.
        kept: messages set aside, by the name that the story gives them and by device.
        answers: of uses of keys, set aside in the same way.
        tokens: prepayment tokens, and what became of them.
        gaps: when prepayment customers could not top up.
        hubs: Communications Hubs that wait to be installed, and what is gone with others.
        failures: suppliers that have failed, and what the DCC passes on in their name.
        proofs: of the keys that cells hold.
        under_custody: number of each step in which a party sent with a key of custody, and the
            originator of its commands.
        strict: whether an answer that is not DER fails its device.
        custody_told: how many events of custody stand in the record.
        decision: what custody is shown: the latest.
        has_ceremony: whether the custodians come together in the story; in stories of earlier
            versions they do not, and the keys are put together when they are first needed.
        used_by_attacker: keys with which the attacker acts in a later step, and whose they are.
        attackers: of the story, by their numbers.
        conditions: what chance gave the drill, and what became of its devices under that.
        waiting: commands that devices keep for later.
        audits: what each `audit` step found, by its name and by device.
        updated: whether a device has accepted an update: readings are "after" from then on.
    """

    ledger: RunLedger
    progress: Progress
    target: Target
    participants: Participants
    clock: StillClock
    waits: Waits
    custody: Custody
    gate: DecisionGate
    procedure: Procedure
    contacts: tuple[DeviceContact, ...]
    estate: Estate
    ownership: Ownership
    issued: IssuedGenerations
    has_population: bool
    names_organisations: bool
    held: dict[EntityId, dict[TrustAnchorCellId, Credential]]
    believed: dict[EntityId, dict[TrustAnchorCellId, Credential]]
    kept: dict[str, dict[EntityId, Kept]] = field(default_factory=dict)
    answers: dict[str, dict[EntityId, RecordedAnswer]] = field(default_factory=dict)
    tokens: TokenBook = field(default_factory=TokenBook)
    gaps: TopUpGaps = field(default_factory=TopUpGaps)
    hubs: HubsSoFar = field(default_factory=HubsSoFar)
    failures: Failures = field(default_factory=Failures)
    proofs: ProofsSoFar = field(default_factory=ProofsSoFar)
    claims: Claims = field(default_factory=Claims)
    notices: NoticeFolder = field(default_factory=NoticeFolder)
    decision: VerifiedDecision | None = None
    has_ceremony: bool = True
    used_by_attacker: frozenset[tuple[FallenName, int, str]] = frozenset()
    attackers: tuple[AttackerTerm, ...] = ()
    conditions: DrillConditions = field(default_factory=DrillConditions)
    waiting: dict[EntityId, list["WaitingCommand"]] = field(default_factory=dict)
    audits: dict[str, dict[EntityId, list["AuditFinding"]]] = field(default_factory=dict)
    updated: bool = False
    under_custody: list[tuple[int, EntityId]] = field(default_factory=list)
    strict: bool = False
    custody_told: int = 0
    _images: ImageReadings = field(default_factory=ImageReadings)

    def record(
        self,
        event: GovernanceEvent,
        detail: str,
        *,
        clause: str | None = None,
        at: datetime | None = None,
    ) -> None:
        """What people did, now or `at`: in the ledger, and among what the story has earned."""
        rule = event.clause if clause is None else clause
        self.ledger.governance(at or self.clock.time, event, detail, clause=rule)
        self.procedure.book.earned.update(cited(rule))

    def find_of_people(self, log: StepLog, finding: StepFinding, *, clause: str) -> None:
        """What people were to do in a step, and what came of it.

        That they could not is a departure from the procedure. That they could, though the story
        says that they must not, is an error of our own gate.
        """
        name, passed, expected, actual, reason = finding
        if passed:
            log.check(None, name, Verdict.PASSED, expected, actual, reason)
        elif reason:
            log.check(None, name, Verdict.SKIPPED, expected, actual, reason)
            self.procedure.depart(f"{name}: {reason}", clause)
        else:
            log.check(None, name, Verdict.ERROR, expected, actual, "our own gate let it pass")

    def case(self, about: str | None) -> Case:
        """The case that a step is about: by name, or the latest of a Relevant Private Key.

        Raises:
            BenchError: nothing is compromised yet.
        """
        cases = [each for each in self.procedure.cases if about in (None, each.name)]
        if not cases:
            raise BenchError("nothing is compromised yet", "put a compromise step first")
        relevant = [each for each in cases if each.facts.is_relevant]
        return (relevant or cases)[-1]

    def case_of_decision(self) -> Case | None:
        """The case that the latest decision is about; None before there is one."""
        cases = reversed(self.procedure.cases)
        return next((case for case in cases if case.decision is self.decision), None)

    def holdings(self, credentials: Filling) -> dict[TrustAnchorCellId, CellIdentifiers]:
        """What cells report that hold these credentials."""
        return {cell: self.participants.holding(each) for cell, each in credentials.items()}

    def keep(
        self, name: str | None, contact: DeviceContact, octets: bytes, *, is_spent: bool = True
    ) -> None:
        """Set a message aside under a name, in place of an earlier attempt; None keeps nothing."""
        if name is not None:
            self.kept.setdefault(name, {})[contact.entity_id] = Kept(contact, octets, is_spent)

    def broker_generation(self, contact: DeviceContact) -> int:
        """Which of the Broker's keys the device checks MACs with."""
        return self.held[contact.entity_id][ACB_KEY_AGREEMENT].generation

    def public_keys(self, credentials: Filling) -> dict[TrustAnchorCellId, bytes]:
        """The 65-octet points in cells that hold these credentials."""
        return {cell: self.participants.public_key(each) for cell, each in credentials.items()}

    async def image_cells(self, contact: DeviceContact) -> Cells | None:
        """Every cell as the device's flash image has it; None if only the device can read it."""
        contents = await self.image_contents(contact)
        return None if contents is None else contents.cells

    async def image_contents(self, contact: DeviceContact) -> ImageContents | None:
        """What the device's flash image holds; None if only the device can read it."""
        return await self._images.contents(self.target, contact.entity_id)
