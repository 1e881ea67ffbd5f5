"""The decision gate: a Recovery or Contingency key is used after an SMKI PMA decision, or never.

A `VerifiedDecision` is worth something only to the gate that issued it, and only as the very
object that was issued: a copy, an edited one or one from another gate is refused. This guards
a drill against short cuts in its own code, not against code that edits the gate's memory.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NoReturn

from firmware_sim.bench.governance.committee import GateError, Meeting
from firmware_sim.bench.governance.compromise import Body, Compromise, Notification

GUIDANCE_VERSION = "drill-1"
"""Which SMKI Recovery Key Guidance a drill's decisions cite; the real text is not public."""


class DecisionOutcome(StrEnum):
    """What the SMKI PMA can decide (SEC L1.17(i))."""

    REQUIRE_RECOVERY = "require-recovery"
    REQUIRE_CONTINGENCY = "require-contingency"
    NOT_REQUIRED = "not-required"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, for the record. Custody opens nothing for it."""

    outcome: DecisionOutcome
    compromise: Compromise
    at: datetime
    minutes: str
    members_present: int
    guidance_version: str
    valid_until: datetime | None

    def __str__(self) -> str:
        return f"the decision “{self.outcome.value.replace('-', ' ')}” ({self.minutes})"


class VerifiedDecision:
    """A decision that a gate issued; custody asks for it."""

    __slots__ = ("_decision",)
    _decision: Decision

    def __init__(self, decision: Decision, issuer: object) -> None:
        if issuer is not _ISSUER:
            raise GateError("a verified decision comes from a decision gate [SEC L10.2(a)]")
        object.__setattr__(self, "_decision", decision)

    @property
    def decision(self) -> Decision:
        """The record of it."""
        return self._decision

    @property
    def outcome(self) -> DecisionOutcome:
        """What was decided."""
        return self._decision.outcome

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise GateError(f"a verified decision does not change ({name})")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise GateError("a verified decision is not copied or stored")

    def __repr__(self) -> str:
        return f"VerifiedDecision({self._decision})"


_ISSUER: Final = object()


class DecisionGate:
    """Keeps notifications and decisions of one SMKI PMA, and says which decision holds."""

    def __init__(self) -> None:
        self._notified: dict[Compromise, Notification] = {}
        self._issued: dict[int, tuple[VerifiedDecision, Decision]] = {}
        self._latest: dict[Compromise, VerifiedDecision] = {}

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Every decision, in order."""
        return tuple(record for _, record in self._issued.values())

    def notify(self, notification: Notification) -> None:
        """The DCC tells the SMKI PMA of a Compromise (SEC L10.15(a)).

        Raises:
            GateError: from or to another body, or earlier than it was detected.
        """
        if (notification.sender, notification.recipient) != (Body.DCC, Body.SMKI_PMA):
            raise GateError("only the DCC notifies the SMKI PMA [SEC L10.15(a)]")
        if notification.at < notification.compromise.detected_at:
            raise GateError("a Compromise is notified after it was detected")
        self._notified.setdefault(notification.compromise, notification)

    def decide(
        self,
        meeting: Meeting,
        compromise: Compromise,
        outcome: DecisionOutcome,
        at: datetime,
        *,
        valid_until: datetime | None = None,
        guidance_version: str = GUIDANCE_VERSION,
    ) -> VerifiedDecision:
        """Record a decision; it supersedes earlier ones about the same Compromise.

        Raises:
            GateError: no quorum (SEC L1.13), or the Compromise was not notified by then
                (SEC L10.2(a), L10.15).
        """
        if type(meeting) is not Meeting:
            raise GateError("the SMKI PMA decides in a meeting of its own [SEC L1.13]")
        meeting.require_quorum()
        notification = self._notified.get(compromise)
        if notification is None or at < notification.at:
            raise GateError("the DCC has not notified this Compromise [SEC L10.15(a)]")
        record = Decision(
            outcome=outcome,
            compromise=compromise,
            at=at,
            minutes=meeting.minutes,
            members_present=meeting.present,
            guidance_version=guidance_version,
            valid_until=valid_until,
        )
        issued = VerifiedDecision(record, _ISSUER)
        self._issued[id(issued)] = issued, _own_copy(record)
        self._latest[_own_copy(record).compromise] = issued
        return issued

    def verify(self, decision: VerifiedDecision, at: datetime) -> Decision:
        """The gate's own record of a decision that holds at this moment.

        Raises:
            GateError: not issued here, not as it was issued, superseded, later than `at`,
                or after its end.
        """
        # By identity: the register keeps the object alive, so its id cannot be another's.
        _, record = self._issued.get(id(decision), (None, None))
        if record is None:
            raise GateError("no decision of this SMKI PMA [SEC L10.2(a)]")
        if decision.decision != record:
            raise GateError("the decision is not what was decided [SEC L10.2(a)]")
        if self._latest[record.compromise] is not decision:
            raise GateError(f"a later decision supersedes {record}")
        if at < record.at:
            raise GateError(f"{record} was not yet taken at {at:%Y-%m-%d %H:%M} [SEC L10.2(a)]")
        if record.valid_until is not None and at > record.valid_until:
            raise GateError(f"{record} no longer holds at {at:%Y-%m-%d %H:%M}")
        return record


def _own_copy(record: Decision) -> Decision:
    # Frozen objects can be edited by force; the register must not share any with its caller.
    return replace(record, compromise=replace(record.compromise))
