"""The decision gate: a Recovery or Contingency key is used after an SMKI PMA decision, or never.

A `VerifiedDecision` is worth something only to the gate that issued it, and only as the very
object that was issued: a copy, an edited one or one from another gate is refused. This guards
a drill against short cuts in its own code, not against code that edits the gate's memory.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, NoReturn

from firmware_sim.bench.governance.committee import GateError, Meeting, Office
from firmware_sim.bench.governance.compromise import Body, Compromise, Notification
from firmware_sim.bench.governance.scope import DecisionLimits
from firmware_sim.machine.ports import Clock


class DecisionOutcome(StrEnum):
    """What the SMKI PMA can decide (SEC L1.17(i))."""

    REQUIRE_RECOVERY = "require-recovery"
    REQUIRE_CONTINGENCY = "require-contingency"
    NOT_REQUIRED = "not-required"


class Motion(NamedTuple):
    """What a meeting votes on.

    Attributes:
        guidance: version of the SMKI Recovery Key Guidance by which it was considered.
        answers: to the factors of the Guidance, by name.
        against: the offices that do not vote for it.
        unanimous: whether all present must be for it.
        valid_until: by the gate's own clock; None if it holds until it is superseded.
    """

    outcome: DecisionOutcome
    limits: DecisionLimits = DecisionLimits()
    guidance: str = ""
    answers: Mapping[str, str] = {}
    against: Collection[Office] = ()
    unanimous: bool = False
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, for the record. Custody opens nothing for it."""

    outcome: DecisionOutcome
    compromise: Compromise
    at: datetime
    minutes: str
    members_present: int
    limits: DecisionLimits
    guidance: str
    valid_until: datetime | None
    answers: Mapping[str, str] = field(default_factory=dict)

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
    """Keeps notifications and decisions of one SMKI PMA, and says which decision holds.

    Args:
        clock: the gate's own. No caller tells the gate the time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last_look: datetime | None = None
        self._notified: dict[str, Notification] = {}
        self._issued: dict[int, tuple[VerifiedDecision, Decision]] = {}
        self._latest: dict[str, VerifiedDecision] = {}

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Every decision, in order."""
        return tuple(record for _, record in self._issued.values())

    @property
    def looked_at(self) -> datetime:
        """When the gate last looked at its clock."""
        return self._last_look or self._clock.now().time

    def time(self) -> datetime:
        """The time by the gate's own clock.

        Raises:
            GateError: the clock was set back since the last look.
        """
        at = self._clock.now().time
        if self._last_look is not None and at < self._last_look:
            raise GateError(f"the gate's clock was set back to {_shown(at)} [SEC L10.2(a)]")
        self._last_look = at
        return at

    def notify(self, notification: Notification) -> None:
        """The DCC tells the SMKI PMA of a Compromise (SEC L10.15(a)).

        Raises:
            GateError: from or to another body, or earlier than it was detected.
        """
        if (notification.sender, notification.recipient) != (Body.DCC, Body.SMKI_PMA):
            raise GateError("only the DCC notifies the SMKI PMA [SEC L10.15(a)]")
        if notification.at < notification.compromise.detected_at:
            raise GateError("a Compromise is notified after it was detected")
        self._notified.setdefault(notification.compromise.key, notification)

    def decide(self, meeting: Meeting, compromise: Compromise, motion: Motion) -> VerifiedDecision:
        """Record a decision; it supersedes earlier ones about the same key.

        Raises:
            GateError: no quorum (SEC L1.13), the meeting is not in session, the vote failed, or
                the Compromise was not notified by then (SEC L10.2(a), L10.15).
        """
        at = self.time()
        if type(meeting) is not Meeting:
            raise GateError("the SMKI PMA decides in a meeting of its own [SEC L1.13]")
        meeting.require_quorum()
        meeting.require_open(at)
        meeting.require_majority(motion.against, unanimous=motion.unanimous)
        notification = self._notified.get(compromise.key)
        if notification is None or at < notification.at:
            raise GateError("the DCC has not notified this Compromise [SEC L10.15(a)]")
        record = Decision(
            outcome=motion.outcome,
            compromise=compromise,
            at=at,
            minutes=meeting.minutes,
            members_present=meeting.present,
            limits=motion.limits,
            guidance=motion.guidance,
            valid_until=motion.valid_until,
            answers=dict(motion.answers),
        )
        issued = VerifiedDecision(record, _ISSUER)
        self._issued[id(issued)] = issued, _own_copy(record)
        self._latest[compromise.key] = issued
        return issued

    def verify(self, decision: VerifiedDecision) -> Decision:
        """The gate's own record of a decision that holds now, by its own clock.

        Raises:
            GateError: not issued here, not as it was issued, superseded, or after its end; or the
                clock was set back.
        """
        # By identity: the register keeps the object alive, so its id cannot be another's.
        _, record = self._issued.get(id(decision), (None, None))
        if record is None:
            raise GateError("no decision of this SMKI PMA [SEC L10.2(a)]")
        if decision.decision != record:
            raise GateError("the decision is not what was decided [SEC L10.2(a)]")
        if self._latest[record.compromise.key] is not decision:
            raise GateError(f"a later decision supersedes {record} [SEC L10.2(a)]")
        at = self.time()
        if record.valid_until is not None and at > record.valid_until:
            raise GateError(f"{record} no longer holds at {_shown(at)} [SEC L10.2(a)]")
        return record


def _own_copy(record: Decision) -> Decision:
    # Frozen objects can be edited by force; the register must not share any with its caller.
    return replace(
        record,
        compromise=replace(record.compromise),
        limits=replace(record.limits),
        answers=dict(record.answers),
    )


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
