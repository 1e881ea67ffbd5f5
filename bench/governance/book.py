"""What happened in a drill's procedure, kept for the invariants to look at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from firmware_sim.gbcs.identifiers import EntityId

EventType = Literal["A", "B"]


class ProtectedUse(NamedTuple):
    """A protected key was used, or asked for and refused.

    Attributes:
        key: ``recovery``, ``contingency`` or ``symmetric``.
        compromise: the key that the decision is about; empty without one.
        refusal: the kind of refusal; empty if the key was used.
        reason: the decision, or why it was refused.
        is_probe: the story tries custody, and expects the refusal.
        stale_root: a root was installed that the present symmetric key still opens.
    """

    at: datetime
    key: str
    compromise: str
    refusal: str = ""
    reason: str = ""
    is_probe: bool = False
    stale_root: bool = False


class Preparation(NamedTuple):
    """A preparatory step before a decision.

    Attributes:
        instructed_by: empty if nothing says it.
        may_instruct: whether that body may (SEC L10.2(b), L10.5).
    """

    at: datetime
    what: str
    instructed_by: str
    may_instruct: bool = True


class EventRecord(NamedTuple):
    """A Recovery Event (SEC L10.14).

    Attributes:
        compromise: the key that it is about.
        devices: the Relevant Devices at the moment before.
        evidence: for type B, in sentences.
        digest: of the set of Relevant Devices, by which a later one can be told from it.
    """

    type: EventType
    at: datetime
    compromise: str
    devices: frozenset[EntityId]
    evidence: tuple[str, ...] = ()
    digest: str = ""


class StepReport(NamedTuple):
    """What the DCC tells the SMKI PMA, beside what the ledger shows; None where it says nothing.

    Attributes:
        digests: of each Event's Relevant Devices, as they are when the DCC reports.
    """

    at: datetime
    counted: tuple[int, int, int]
    stated: tuple[int | None, int | None, int | None]
    digests: tuple[str, ...] = ()


REPORTED_THINGS = ("commands", "devices", "Relevant Devices")
"""What the three numbers of a `StepReport` count."""


class TriedDecision(NamedTuple):
    """A decision that the story expects to be taken; `problem` is why it could not be."""

    at: datetime
    compromise: str
    problem: str


class NoEventDecided(NamedTuple):
    """No protected key was required; how many of the Relevant Devices have evidence why."""

    at: datetime
    compromise: str
    with_evidence: int
    needed: int
    is_expected: bool


class IssuedRoot(NamedTuple):
    """A Root OCA Certificate was issued; whether that was to replace the one before it."""

    at: datetime
    generation: int
    in_replacement: bool


class TimedStep(NamedTuple):
    """A claim or a rebuttal, and why it is out of its time; empty if it is in time."""

    at: datetime
    what: str
    problem: str
    clause: str


@dataclass(slots=True)
class ProcedureBook:
    """Everything, in order.

    Attributes:
        rules: what the story says that it rehearses.
        earned: clauses of what happened.
        is_over: the story has ended: what is missing now will not come.
        unreported: how often a protected key was used since the last report.
        questions: referred to the SMKI PMA, with what it determined; empty while it has not.
        nominated, appointed: a person's label and the task.
    """

    uses: list[ProtectedUse] = field(default_factory=list)
    preparations: list[Preparation] = field(default_factory=list)
    events: list[EventRecord] = field(default_factory=list)
    reports: list[StepReport] = field(default_factory=list)
    decisions: list[TriedDecision] = field(default_factory=list)
    declined: list[NoEventDecided] = field(default_factory=list)
    roots: list[IssuedRoot] = field(default_factory=list)
    timed: list[TimedStep] = field(default_factory=list)
    questions: dict[str, str] = field(default_factory=dict)
    nominated: set[tuple[str, str]] = field(default_factory=set)
    appointed: set[tuple[str, str]] = field(default_factory=set)
    rules: Sequence[str] = ()
    earned: set[str] = field(default_factory=set)
    unreported: int = 0
    is_over: bool = False

    def take_fault(self, at: datetime, what: str, fault: str, clause: str = "") -> None:
        """What is out of order, late or missed in a claim or a rebuttal, each once.

        Args:
            fault: a sentence that ends with its clause, as ``[SEC L10.22]``, if it has one.
            clause: of a fault that names none.
        """
        problem, _, named = fault.partition(" [SEC ")
        if all((what, problem) != (each.what, each.problem) for each in self.timed):
            self.timed.append(TimedStep(at, what, problem, named.rstrip("]") or clause))
