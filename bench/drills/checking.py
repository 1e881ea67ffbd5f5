"""What no single line of a story shows: whether it contradicts itself.

Each contradiction is an author's, found before anything runs. What only a run can show, such as
whether a device obeys, is none. A new key of the schema adds its rules to one of the two tables.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from firmware_sim.bench.drills.attack_points import attacker_mistakes, no_compromise
from firmware_sim.bench.drills.checking_cells import CELL_RULES, provision_mistakes
from firmware_sim.bench.drills.checking_contents import CONTENT_RULES
from firmware_sim.bench.drills.checking_failures import FAILURE_RULES
from firmware_sim.bench.drills.checking_hubs import HUB_RULES
from firmware_sim.bench.drills.checking_order import ORDER_RULES
from firmware_sim.bench.drills.checking_organisations import ORGANISATION_RULES, estate_mistakes
from firmware_sim.bench.drills.checking_rules import Found, SoFar, StepRule, StoryRule
from firmware_sim.bench.drills.checking_sending import SENDING_RULES
from firmware_sim.bench.drills.checking_validity import VALIDITY_RULES
from firmware_sim.bench.drills.compromise_steps import CompromiseStep
from firmware_sim.bench.drills.draft import Draft
from firmware_sim.bench.drills.earning import unearned_rules, unknown_clauses
from firmware_sim.bench.drills.fault_terms import fault_mistakes
from firmware_sim.bench.drills.faults import faulty_updates
from firmware_sim.bench.drills.repeating import again_mistakes
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.dut.simulated.premises import HOME
from firmware_sim.bench.files.yaml_mistakes import Location
from firmware_sim.gbcs.policy import Policy


def unread_attacker_mistakes(draft: Draft) -> Iterator[Found]:
    """Attackers with a mistake of their own, whose `from` names no step besides."""
    unread = (each for each in draft.unread_steps.values() if isinstance(each, dict))
    names = {str(each.get("name")) for each in unread if each.get("do", "") in ("", "compromise")}
    names |= {each.name for each in draft.story.steps if isinstance(each, CompromiseStep)}
    for number, written in draft.unread_attackers.items():
        since = written.get("from") if isinstance(written, dict) else None
        if isinstance(since, str) and since not in names:
            yield ("attacker", number, "from"), no_compromise(since, names)


def _no_such_device(story: Story, _policy: Policy) -> Iterator[Found]:
    for number, kind in enumerate(story.devices):
        if kind not in HOME:
            names = ", ".join(each.name for each in HOME)
            yield ("devices", number), f"no home of a drill has a {kind.name}; name some of {names}"


def _too_few_custodians(story: Story, _policy: Policy) -> Iterator[Found]:
    chosen = story.assumptions
    if chosen.needed > chosen.custodians:
        text = f"{chosen.needed} of {chosen.custodians} custodians cannot come together"
        yield ("assumptions", "needed"), text


def _faulty(story: Story, _policy: Policy) -> Iterator[Found]:
    updates = {name: (step.cells, step.install) for name, step in faulty_updates(story).items()}
    yield from fault_mistakes(story.faults, updates)


def _again(story: Story, _policy: Policy) -> Iterator[Found]:
    yield from again_mistakes(story)


_ATTACKER: Final = "attacker-without-key"

RULES: Final[tuple[StoryRule, ...]] = (
    *VALIDITY_RULES,
    StoryRule(
        "provisioned-cells",
        "cells that are provisioned are there, the root apart, and so are the certificates",
        "GBCS 13.3",
        provision_mistakes,
        frozenset({"devices"}),
    ),
    StoryRule(
        "estate",
        "organisations are there, their shares make a whole, and enough devices to draw from",
        "SEC L10.30(a)",
        estate_mistakes,
        frozenset({"population", "provision", "devices"}),
    ),
    StoryRule(
        "fault-of-no-update",
        "a fault happens in an update that the story has, in a cell that it replaces",
        "",
        _faulty,
        frozenset({"faults", "steps"}),
    ),
    StoryRule(
        _ATTACKER,
        "an attacker holds what a step before gives it, and acts at points that the story has",
        "",
        attacker_mistakes,
        frozenset({"attacker", "steps"}),
    ),
    StoryRule(
        "again-of-no-update",
        "what is sent again is an update before it",
        "",
        _again,
        frozenset({"steps"}),
    ),
    StoryRule(
        "unknown-clause",
        "a rule of SEC Section L names a clause that there is",
        "",
        unknown_clauses,
    ),
    StoryRule(
        "unearned-clause",
        "such a rule names a clause that a step of the story can earn",
        "SEC L10.1(e)",
        unearned_rules,
        frozenset({"steps"}),
    ),
    StoryRule(
        "device-of-no-home",
        "devices that take part are in a home",
        "",
        _no_such_device,
        frozenset({"devices"}),
    ),
    StoryRule(
        "too-few-custodians",
        "no more Key Custodians are needed than there are",
        "SEC L10.1(b)",
        _too_few_custodians,
    ),
)
"""About the whole story."""

STEP_RULES: Final[tuple[StepRule, ...]] = (
    *ORDER_RULES,
    *ORGANISATION_RULES,
    *CELL_RULES,
    *CONTENT_RULES,
    *SENDING_RULES,
    *FAILURE_RULES,
    *HUB_RULES,
)
"""About one step and those before it, in the order in which they are told."""


class Contradiction(NamedTuple):
    """One mistake between the lines: where in the file, what, and by which rule."""

    path: Location
    text: str
    rule: str
    clause: str


def mistakes_of(draft: Draft, policy: Policy) -> Iterator[Contradiction]:
    """Every mistake that an author can make between the lines, of what can be read.

    Args:
        policy: decides with others which cells devices have.
    """
    for rule in RULES:
        if draft.unread.isdisjoint(rule.needs):
            for path, text in rule.find(draft.story, policy):
                place = draft.in_file(path)
                if place is not None:
                    yield Contradiction(place, text, rule.name, rule.clause)
    for path, text in unread_attacker_mistakes(draft):
        yield Contradiction(path, text, _ATTACKER, "")
    so_far = SoFar(draft.story, policy, draft.unread)
    for number, step in draft.steps():
        if step is None:
            so_far.take_unread(draft.unread_steps[number])
            continue
        found = list(_in_step(number, step, so_far))
        yield from found
        so_far.take(step)
        if found:
            # It may be meant otherwise: nothing is concluded from what it does not bring about.
            so_far.unread.add(step.do)


def _in_step(number: int, step: Step, so_far: SoFar) -> Iterator[Contradiction]:
    for rule in STEP_RULES:
        for path, text in rule.find(step, so_far):
            yield Contradiction(("steps", number, *path), text, rule.name, rule.clause)
