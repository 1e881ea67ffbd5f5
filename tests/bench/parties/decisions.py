"""What tests need of a decision: a gate, a notified Compromise, a quorum, and wide limits."""

from datetime import datetime, timedelta

from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.governance.committee import Meeting, Office
from firmware_sim.bench.governance.compromise import (
    Body,
    Certainty,
    Compromise,
    Notification,
    RelevantKeyKind,
)
from firmware_sim.bench.governance.decision import (
    DecisionGate,
    DecisionOutcome,
    Motion,
    VerifiedDecision,
)
from firmware_sim.bench.governance.scope import DecisionLimits
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import TrustAnchorCellId

FOUR = (Office.CHAIR, Office.SUPPLIER_1, Office.NETWORK_1, Office.TABASC)


def compromise_of(key: str, at: datetime, certainty: Certainty = Certainty.ACTUAL) -> Compromise:
    return Compromise(key, RelevantKeyKind.ISSUER, certainty, at, Body.DCC)


def limits(
    *devices: EntityId, cells: str = "recovery.DS root.CS", generations: tuple[int, ...] = (1,)
) -> DecisionLimits:
    return DecisionLimits(
        generations=frozenset(generations),
        cells=frozenset(TrustAnchorCellId.parse(cell) for cell in cells.split()),
        devices=frozenset(devices),
    )


class PmaDesk:
    """A gate with its clock, at which decisions are taken in due form."""

    def __init__(self, clock: StillClock) -> None:
        self.clock = clock
        self.gate = DecisionGate(clock)

    def notify(self, compromise: Compromise) -> None:
        at = self.clock.time
        self.gate.notify(Notification(compromise, Body.DCC, Body.SMKI_PMA, at))

    def meeting(self, *offices: Office) -> Meeting:
        opened = self.clock.time - timedelta(minutes=5)
        return Meeting.of(*(offices or FOUR), minutes="M-1", opened=opened)

    def decide(
        self,
        outcome: DecisionOutcome,
        within: DecisionLimits | None = None,
        compromise: Compromise | None = None,
        valid_until: datetime | None = None,
    ) -> VerifiedDecision:
        fallen = compromise or compromise_of("a key", self.clock.time)
        self.notify(fallen)
        motion = Motion(outcome, within or limits(), valid_until=valid_until)
        return self.gate.decide(self.meeting(), fallen, motion)
