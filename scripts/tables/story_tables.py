"""What the documentation shows of stories: the rules between their lines, and what is offered."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from firmware_sim.bench.drills.authoring.plans import (
    offered_devices,
    offered_keys,
    offered_methods,
)
from firmware_sim.bench.drills.checking import RULES, STEP_RULES
from firmware_sim.bench.drills.checking_rules import StepRule, StoryRule
from firmware_sim.bench.drills.fallen_keys import FallenName
from scripts.tables import table


def rules_table() -> str:
    """What must hold between the lines of a story."""
    every: tuple[StoryRule | StepRule, ...] = (*RULES, *STEP_RULES)
    rows = ((f"`{rule.name}`", rule.words, rule.clause) for rule in every)
    return table(("rule", "what must hold", "clause"), rows)


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


STORY_TABLES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {"story-rules": rules_table, "story-plans": plans_table}
)
