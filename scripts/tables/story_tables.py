"""What the documentation shows of stories: the rules between their lines, and what is offered."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from firmware_sim.bench.drills.authoring.catalogue import CATALOGUE
from firmware_sim.bench.drills.authoring.outline import outline
from firmware_sim.bench.drills.authoring.plans import (
    offered_devices,
    offered_keys,
    offered_methods,
)
from firmware_sim.bench.drills.checking import RULES, STEP_RULES
from firmware_sim.bench.drills.checking_rules import StepRule, StoryRule
from firmware_sim.bench.drills.estate_inputs import ENOUGH_DEVICES, ENOUGH_DEVICES_WORDS
from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.story_file import builtin_stories
from scripts.tables import table


def rules_table() -> str:
    """What must hold between the lines of a story."""
    every: tuple[StoryRule | StepRule, ...] = (*RULES, *STEP_RULES)
    rows = [(f"`{rule.name}`", rule.words, rule.clause) for rule in every]
    drawn = (f"`{ENOUGH_DEVICES}`", ENOUGH_DEVICES_WORDS, "")
    return table(("rule", "what must hold", "clause"), [*rows, drawn])


def plans_table() -> str:
    """What `drill new` offers."""
    rows = (
        (
            f"`{name}`",
            meaning,
            ", ".join(offered_methods(FallenName(name))),
            ", ".join(kind.name for kind in offered_devices(FallenName(name))),
        )
        for name, meaning in offered_keys().items()
    )
    return table(("key", "what it is", "methods", "devices"), rows)


def catalogue_table() -> str:
    """The stories of each incident, as `drill list` tells of them."""
    every = {each.name: outline(each) for each in builtin_stories()}
    rows = (
        (
            number,
            f"`{name}`",
            about.story.title,
            ", ".join(kind.name for kind in about.devices) or "none",
            f"{about.positives} / {about.negatives}",
            f"{about.procedure}, {about.devices_verdict}",
        )
        for number, names in CATALOGUE.items()
        for name, about in ((name, every[name]) for name in names)
    )
    heading = ("incident", "story", "what it rehearses", "devices", "positive / negative", "ends")
    return table(heading, rows)


STORY_TABLES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {"story-rules": rules_table, "story-plans": plans_table, "catalogue": catalogue_table}
)
