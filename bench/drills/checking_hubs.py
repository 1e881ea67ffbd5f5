"""Whether the hubs of a story can be exchanged, and what was theirs be tried."""

from collections.abc import Iterator
from typing import Final

from firmware_sim.bench.drills.checking_rules import Found, SoFar, StepRule
from firmware_sim.bench.drills.concerned import present_cells
from firmware_sim.bench.drills.hub_steps import ExchangeHubStep, OldHubStep
from firmware_sim.bench.drills.story_step import StoryStep
from firmware_sim.devices.premises import HUB_TYPES


def _no_hub(step: StoryStep, so_far: SoFar) -> Iterator[Found]:
    if not isinstance(step, ExchangeHubStep) or "devices" in so_far.unread_keys:
        return
    there = present_cells(so_far.story, so_far.policy)
    missing = [kind.name for kind in HUB_TYPES if kind not in there]
    if missing:
        yield ("do",), f"a hub is CHF and GPF, and {' and '.join(missing)} takes no part"


def _not_as_from_the_factory(step: StoryStep, so_far: SoFar) -> Iterator[Found]:
    if not isinstance(step, ExchangeHubStep):
        return
    if so_far.has_new_hub:
        yield ("do",), "the hubs of a story are exchanged once"
    if so_far.cases or so_far.has_replaced:
        text = "a new hub has the first generation of all credentials"
        yield ("do",), f"{text}; put it before every Compromise and every later generation"


def _not_exchanged(step: StoryStep, so_far: SoFar) -> Iterator[Found]:
    is_early = isinstance(step, OldHubStep) and not so_far.has_new_hub
    if is_early and not so_far.may_have("exchange hub"):
        yield ("do",), "no hub is exchanged before it; put an exchange hub step first"


HUB_RULES: Final = (
    StepRule("hub-of-both-functions", "who exchanges hubs has both functions", "", _no_hub),
    StepRule(
        "hub-from-the-factory",
        "hubs are exchanged once, while the first generation of all credentials is in use",
        "",
        _not_as_from_the_factory,
    ),
    StepRule("exchange-before-old-hub", "a hub is old once it was exchanged", "", _not_exchanged),
)
"""In the order in which they are told."""
