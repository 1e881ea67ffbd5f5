"""What would happen in a story, step by step, as far as the story alone tells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from firmware_sim.bench.drills.again_step import UpdateAgainStep
from firmware_sim.bench.drills.attack_points import AttackStep, attacks_before
from firmware_sim.bench.drills.attacker_terms import AttackerTerm
from firmware_sim.bench.drills.audit_step import AuditStep
from firmware_sim.bench.drills.authoring.committee_words import Said
from firmware_sim.bench.drills.authoring.device_words import said_of_repeat, said_to_devices
from firmware_sim.bench.drills.authoring.people_words import said_of_people
from firmware_sim.bench.drills.certificate_steps import RefusedBy
from firmware_sim.bench.drills.compromise_steps import CompromiseStep
from firmware_sim.bench.drills.concerned import Cells, addressed_cells, present_cells
from firmware_sim.bench.drills.failure_steps import StandInStep
from firmware_sim.bench.drills.fallen_keys import touched_cells
from firmware_sim.bench.drills.hub_steps import ExchangeHubStep, OldHubStep
from firmware_sim.bench.drills.ownership import Holder
from firmware_sim.bench.drills.provisioning import home_plan
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.replay_step import ReplayStep
from firmware_sim.bench.drills.selection import cell_order
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.drills.use_terms import BESIDE_DEVICES, TOP_UP, USE_CASES
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.dut.simulated.spare_hub import spare_filling
from firmware_sim.bench.evidence.wording import count, several
from firmware_sim.devices.premises import HUB_TYPES
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.times import NEVER

TOLD: Final = frozenset({
    "about", "absent", "act", "acting", "against", "algorithms", "alternate", "answer", "applied",
    "asked", "at", "authorised", "block", "broker", "by", "cell", "cells", "certainty",
    "certificate", "clock", "commands", "copied", "credentials", "days", "delays", "determined",
    "devices", "do", "execute", "expect", "factors", "finding", "floors", "forge", "found",
    "generation", "grounds", "guests", "holder", "holding", "hours", "how", "identifier", "install",
    "instructed", "invited", "keep", "kept", "key", "links", "methods", "migrating", "minutes",
    "mode", "name", "notified", "of", "offices", "omit", "outcome", "overheard", "party", "pence",
    "person", "precedence", "present", "provider", "question", "relevant", "reporter", "requests",
    "required", "retry", "role", "sample", "sender", "smi", "status", "stolen", "stop", "subject",
    "system", "task", "time_checks", "title", "to", "token", "under", "under_present_root", "use",
    "usual", "waves", "what", "why",
})  # fmt: skip
"""The keys of steps that are told in words here, or say nothing beside the others."""


_MUST_FAIL: Final = (
    *("refused", "no quorum", "unreadable", "not signed", "not served"),
    *("not believed", "silence"),
)
"""Words of an expectation by which a step shows that something does not work."""


class Moment(NamedTuple):
    """One step as it would happen.

    Attributes:
        at: on the drill's clock.
        cells: the devices of a home that it concerns; of each the cells that it replaces, or that
            hold what falls.
        expected: what must come of it; empty if nothing is checked.
        must_fail: it shows that something does not work.
    """

    at: datetime
    step: Step | AttackStep
    who: str
    what: str
    cells: Mapping[DeviceType, tuple[TrustAnchorCellId, ...]]
    expected: str
    must_fail: bool


def timeline(story: Story, policy: Policy) -> Iterator[Moment]:
    """Every step of a sound story, in order.

    Args:
        policy: decides with others which cells devices have.
    """
    estate, at = _Homes.of(story, policy), story.start
    for number, step in enumerate(story.steps):
        estate.fall_due(at)
        yield from _attacks(story, number, estate, at)
        said = _by_provider(story, number, step, _said(story, step))
        what, cells = said.what + _untold(step), estate.concerned(step)
        yield Moment(at, step, said.who, what, cells, said.expected, must_fail(step))
        estate.take(step)
        at += timedelta(minutes=step.minutes)
    yield from _attacks(story, len(story.steps), estate, at)


def _attacks(story: Story, number: int, estate: "_Homes", at: datetime) -> Iterator[Moment]:
    """What attackers would do just before a step; whether it works, only a run shows."""
    for attack in attacks_before(story, number):
        term = story.attacker[attack.attacker]
        does = several([act.value for act in term.does])
        what = f"{does}, at {count(term.devices, 'device')} that chance draws"
        expected = "each device obeys where the key in its cell says so, and nowhere else"
        yield Moment(at, attack, "the attacker", what, estate.attacked(term), expected, False)


def _said(story: Story, step: Step) -> Said:
    if isinstance(step, UpdateAgainStep):
        return said_of_repeat(step, _earlier(story, step))
    if isinstance(step, SendingStep | ReplayStep | AuditStep | OldHubStep):
        return said_to_devices(step, has_population=story.population is not None)
    return said_of_people(step)


def _by_provider(story: Story, number: int, step: Step, said: Said) -> Said:
    """Who has a failed supplier's keys in hand, where another runs its systems by then."""
    if not isinstance(step, SendingStep) or step.stolen or step.party is None:
        return said
    before = (each for each in story.steps[:number] if isinstance(each, StandInStep))
    found = [each.provider for each in before if each.party == step.party and each.expect == "done"]
    who = f"{found[-1]}, with the keys of {step.party}," if found else said.who
    return said._replace(who=who)


def _earlier(story: Story, step: UpdateAgainStep) -> UpdateStep:
    """The update that is sent again."""
    named = (each for each in story.steps if each.name == step.of)
    return next(each for each in named if isinstance(each, UpdateStep))


def must_fail(step: Step) -> bool:
    """Whether a step shows that something does not work: a negative one."""
    if isinstance(step, AuditStep):
        return False  # that it finds something is no refusal
    expect = getattr(step, "expect", None)
    if isinstance(expect, dict):
        return any(status is not StatusCode.SUCCESS for status in expect.values())
    refused = isinstance(expect, RefusalExpected | RefusedBy) or expect in _MUST_FAIL
    return refused or step.do == "ask custody"


def _untold(step: Step) -> str:
    """A key that a later version added is not passed over in silence."""
    keys = sorted(step.model_fields_set - TOLD)
    return f" (and what it says under {', '.join(keys)})" if keys else ""


@dataclass(slots=True)
class _Homes:
    """What the devices of a home would hold, if all goes as the story tells."""

    story: Story
    policy: Policy
    held: dict[DeviceType, dict[TrustAnchorCellId, Credential]]
    kept: dict[str, Cells] = field(default_factory=dict)
    waiting: list[UpdateStep] = field(default_factory=list)

    @classmethod
    def of(cls, story: Story, policy: Policy) -> "_Homes":
        filled = home_plan(story, policy).filled
        held = {kind: {cell: Credential(cell) for cell in cells}
                for kind, cells in present_cells(story, policy).items()}  # fmt: skip
        for kind, cells in held.items():
            others = filled.get(kind, {})
            cells.update({cell: Credential(*others[cell]) for cell in cells if cell in others})
        return cls(story, policy, held)

    def concerned(self, step: Step) -> Mapping[DeviceType, tuple[TrustAnchorCellId, ...]]:
        cells: Cells = {}
        if getattr(step, "expect", None) in ("not signed", "not served"):
            cells = {}  # nothing is sent
        elif isinstance(step, UpdateStep):
            cells = addressed_cells(self.story, step, self.policy)
        elif isinstance(step, UpdateAgainStep):
            cells = addressed_cells(self.story, _earlier(self.story, step), self.policy)
        elif isinstance(step, UseStep) and step.what in BESIDE_DEVICES:
            pass  # it is between people: no device hears of it
        elif isinstance(step, SendingStep):
            cells = dict.fromkeys(addressed_cells(self.story, step, self.policy), frozenset())
        elif isinstance(step, AuditStep):
            cells = dict.fromkeys(present_cells(self.story, self.policy, step.devices), frozenset())
        elif isinstance(step, ExchangeHubStep | OldHubStep):
            hubs = (kind for kind in HUB_TYPES if kind in self.held)
            kept = getattr(step, "kept", None)
            known = self.held if kept is None else self.kept.get(kept, {})
            cells = {kind: frozenset() for kind in hubs if kind in known}
        elif isinstance(step, ReplayStep):
            cells = dict.fromkeys(self.kept.get(step.kept, {}), frozenset())
        elif isinstance(step, CompromiseStep):
            touched = {
                # In a home of the party whose key it is.
                kind: touched_cells(step.fallen.key(step.generation), held)
                for kind, held in self.held.items()
            }
            cells = {kind: each for kind, each in touched.items() if each}
        return {kind: tuple(sorted(each, key=cell_order)) for kind, each in cells.items()}

    def attacked(self, term: AttackerTerm) -> Mapping[DeviceType, tuple[TrustAnchorCellId, ...]]:
        """The cells that a key would open to an attacker; with a prepayment key it opens none."""
        if term.prints:
            return dict.fromkeys((kind for kind in self.held if kind in USE_CASES[TOP_UP]), ())
        rule = term.rule
        return {
            kind: tuple(sorted(filter(rule.may_replace, held), key=cell_order))
            for kind, held in self.held.items()
            if rule.authorising_cell(kind) in held
        }

    def take(self, step: Step) -> None:
        """What devices hold after a step that goes as it should."""
        if isinstance(step, ExchangeHubStep):
            for kind in HUB_TYPES:
                self.held[kind].update(spare_filling(self.held[kind]))
        if not isinstance(step, SendingStep):
            return
        cells = addressed_cells(self.story, step, self.policy)
        if step.keep is not None:
            self.kept[step.keep] = {**self.kept.get(step.keep, {}), **cells}
        if not isinstance(step, UpdateStep) or step.is_to_fail:
            return
        # A later command, also one that cancels, takes the place of what waits for the same.
        self.waiting = [
            each for each in self.waiting if (each.role, each.mode) != (step.role, step.mode)
        ]
        if step.execute is None:
            self._replace(step)
        elif step.execute != NEVER:
            self.waiting.append(step)

    def fall_due(self, now: datetime) -> None:
        """What devices kept for later, and carry out by now."""
        for step in sorted(self.waiting, key=lambda each: each.execute or now):
            if step.execute is not None and step.execute <= now:
                self.waiting.remove(step)
                self._replace(step)

    def _replace(self, step: UpdateStep) -> None:
        role = self._role(step.holder)
        for kind, cells in addressed_cells(self.story, step, self.policy).items():
            for cell in cells:
                if step.status_of(cell) is StatusCode.SUCCESS:
                    self.held[kind][cell] = Credential.in_cell(cell, step.install, role)

    def _role(self, holder: Holder | None) -> RemotePartyRole | None:
        if isinstance(holder, str):
            return self.story.effective_population.role_of(holder)
        return holder
