"""What a rule about a whole story is, and what the steps before a step have brought about."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, get_args

from firmware_sim.bench.drills.audit_step import AuditStep
from firmware_sim.bench.drills.ceremony_steps import CeremonyStep
from firmware_sim.bench.drills.checking_issued import IssuedSoFar
from firmware_sim.bench.drills.compromise_steps import CompromiseStep
from firmware_sim.bench.drills.failure_steps import SupplierFailsStep
from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.hub_steps import ExchangeHubStep
from firmware_sim.bench.drills.meeting_steps import DecideStep, LeaveStep, MeetStep
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.drills.use_terms import SELL
from firmware_sim.bench.files.yaml_mistakes import Location
from firmware_sim.bench.governance.committee import Office
from firmware_sim.bench.governance.decision import DecisionOutcome
from firmware_sim.gbcs.policy import Policy

Found = tuple[Location, str]
"""The path of keys to a value, and what is wrong with it."""

_ANYTHING: Final = ""
_ACTS: Final = frozenset(
    act
    for kind in get_args(get_args(Step)[0])
    for act in get_args(kind.model_fields["do"].annotation)
)


@dataclass(slots=True)
class SoFar:
    """What the steps before have brought about, and what unreadable ones may have.

    Attributes:
        cases: names of the `compromise` steps.
        names: of all steps.
        kept: names of messages that were kept.
        audits: names of the `audit` steps.
        failed: suppliers that have failed.
        has_new_hub: hubs were exchanged.
        has_replaced: a later generation than the first was installed somewhere.
        stolen: keys of which the attacker has a copy, with their generation, and whose they are.
        meeting: the last meeting that was called.
        present: offices that are represented in it.
        outcome: of the last decision.
        is_open: a ceremony was held since, so that the key can be used.
        unread: what the steps with mistakes do, as far as they say it.
        unread_keys: keys at the top of the story that cannot be read whole.
        issued: which certificates organisations have.
    """

    story: Story
    policy: Policy
    unread_keys: frozenset[str] = frozenset()
    cases: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    audits: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    has_new_hub: bool = False
    has_replaced: bool = False
    sold: set[str] = field(default_factory=set)
    recorded: set[str] = field(default_factory=set)
    stolen: set[tuple[FallenName, int, str | None]] = field(default_factory=set)
    meeting: MeetStep | None = None
    present: set[Office] = field(default_factory=set)
    outcome: DecisionOutcome | None = None
    is_open: bool = False
    unread: set[str] = field(default_factory=set)
    issued: IssuedSoFar = field(init=False)

    def __post_init__(self) -> None:
        self.issued = IssuedSoFar(self.story)

    def take(self, step: Step) -> None:
        """Add what a step brings about."""
        self.names.add(step.name)
        self.issued.take(step)
        self.failed |= {step.party} if isinstance(step, SupplierFailsStep) else set()
        self.has_new_hub |= isinstance(step, ExchangeHubStep)
        self.has_replaced |= isinstance(step, UpdateStep) and step.install > 1
        is_held = isinstance(step, CeremonyStep) and step.expect == "held"
        self.is_open |= is_held and self.outcome is not None
        if isinstance(step, CompromiseStep):
            self.cases.append(step.name)
            if step.copied is not False:
                self.stolen.add((step.fallen, step.generation, step.party))
        elif isinstance(step, AuditStep):
            self.audits.add(step.name)
        elif isinstance(step, MeetStep):
            self.meeting = step
            self.present = {seat.office for seat in step.present}
        elif isinstance(step, LeaveStep):
            self.present -= set(step.offices)
        elif isinstance(step, DecideStep) and step.expect == "decided":
            self.outcome = step.outcome
            self.is_open = False
        elif isinstance(step, UseStep) and step.what == SELL:
            self.sold.add(step.token or "")
        elif isinstance(step, SendingStep) and step.keep is not None:
            self.kept.add(step.keep)
            if isinstance(step, UseStep) and not isinstance(step.expect, RefusalExpected):
                self.recorded.add(step.keep)

    def take_unread(self, written: object) -> None:
        """Add what a step with a mistake may bring about: nothing is concluded from its absence."""
        said = written if isinstance(written, dict) else {}
        do, name = said.get("do"), said.get("name")
        self.unread.add(do if isinstance(do, str) and do in _ACTS else _ANYTHING)
        if isinstance(name, str):
            self.names.add(name)

    def may_have(self, *acts: str) -> bool:
        """Whether a step before that cannot be read may have done one of these."""
        return _ANYTHING in self.unread or not self.unread.isdisjoint(acts)


class StoryRule(NamedTuple):
    """Something in which a whole story must not contradict itself.

    Attributes:
        name: for programs.
        words: what must hold.
        clause: where it stands, if in no text of our own.
        find: what contradicts it.
        needs: keys at the top of a story, without which nothing is found.
    """

    name: str
    words: str
    clause: str
    find: Callable[[Story, Policy], Iterable[Found]]
    needs: frozenset[str] = frozenset()


class StepRule(NamedTuple):
    """Something in which a step must not contradict itself or the steps before it.

    Attributes:
        name, words, clause: as of a `StoryRule`.
        find: what contradicts it; paths begin in the step. It concludes nothing from what steps
            before did not do, if one of them that cannot be read may have done it.
    """

    name: str
    words: str
    clause: str
    find: Callable[[Step, SoFar], Iterable[Found]]
