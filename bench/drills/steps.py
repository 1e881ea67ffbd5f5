"""Every step that a story can have, told apart by its `do`."""

from typing import Annotated

from pydantic import Field

from firmware_sim.bench.drills.again_step import UpdateAgainStep
from firmware_sim.bench.drills.audit_step import AuditStep
from firmware_sim.bench.drills.ceremony_steps import AskCustodyStep, CeremonyStep
from firmware_sim.bench.drills.certificate_steps import CoordinateStep, IssueStep
from firmware_sim.bench.drills.claim_steps import BreachActStep, ClaimActStep, ReferBreachStep
from firmware_sim.bench.drills.committee_steps import (
    AppointStep,
    DetermineStep,
    NominateStep,
    PerformStep,
    ReferStep,
)
from firmware_sim.bench.drills.compromise_steps import (
    CompromiseStep,
    ConfirmStep,
    EvidenceStep,
    NotifyStep,
    PrepareStep,
    ReportStep,
)
from firmware_sim.bench.drills.estimate_step import EstimateStep
from firmware_sim.bench.drills.failure_steps import (
    DelayStep,
    EndDelayStep,
    RevokeStep,
    StandInStep,
    SupplierFailsStep,
    TransferStep,
)
from firmware_sim.bench.drills.hub_steps import ExchangeHubStep, OldHubStep
from firmware_sim.bench.drills.meeting_steps import (
    AskInformationStep,
    CloseMeetingStep,
    DecideStep,
    InformStep,
    LeaveStep,
    MeetStep,
)
from firmware_sim.bench.drills.read_back_step import ReadBackStep
from firmware_sim.bench.drills.replay_step import ReplayStep
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.use_step import UseStep

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
