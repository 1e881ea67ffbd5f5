"""What docs/drills.md shows of the rules that a story must not contradict."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from firmware_sim.bench.drills.checking import RULES, STEP_RULES
from firmware_sim.bench.drills.checking_rules import StepRule, StoryRule
from scripts.tables import table


def rules_table() -> str:
    """What must hold between the lines of a story."""
    every: tuple[StoryRule | StepRule, ...] = (*RULES, *STEP_RULES)
    rows = ((f"`{rule.name}`", rule.words, rule.clause) for rule in every)
    return table(("rule", "what must hold", "clause"), rows)


STORY_TABLES: Mapping[str, Callable[[], str]] = MappingProxyType({"story-rules": rules_table})
