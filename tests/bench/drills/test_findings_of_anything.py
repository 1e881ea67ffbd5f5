"""Whatever stands in a story: it can be told, or its mistakes can; nothing else comes out."""

import random
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.bench.drills.authoring.timeline import timeline
from firmware_sim.bench.drills.story_file import examine
from firmware_sim.bench.files.strict_yaml import MistakesError
from firmware_sim.gbcs.policy import Policy

WHOLE = yaml.safe_load((Path(__file__).parent / "stories" / "followed.yaml").read_text("utf-8"))
JUNK: list[Any] = [
    None, True, 0, -1, 10**30, 1.5, float("nan"), "", "all", "supplier", "2026-01-01", "\x85; 'q",
    [], [[[]]], ["x", 3], {}, {"a": {"b": 1}}, {1: 2}, {None: 1},
]  # fmt: skip
Place = tuple[Any, ...]


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Every key and every entry below a value."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield (*place, key)
        yield from places(value[key], (*place, key))


def spoil(story: Any, chance: random.Random) -> None:
    """Take something out, name it otherwise, or put something else in its place."""
    *above, last = chance.choice(list(places(story)))
    for key in above:
        story = story[key]
    how = chance.random()
    if how < 0.2:
        del story[last]
    elif how < 0.4 and isinstance(story, dict):
        story[f"{last}z"] = story.pop(last)
    else:
        story[last] = deepcopy(chance.choice(JUNK))


@settings(max_examples=25, deadline=None)
@given(chance=st.randoms(use_true_random=False), times=st.integers(1, 4))
def test_a_spoiled_story_is_told_or_its_mistakes_are(chance: random.Random, times: int) -> None:
    story = deepcopy(WHOLE)
    for _ in range(times):
        spoil(story, chance)
    try:
        read, mistakes = examine(yaml.safe_dump(story, sort_keys=False), "own.yaml")
    except MistakesError as error:
        read, mistakes = None, list(error.mistakes)
    for each in mistakes:
        assert each.line >= 1
        assert each.column >= 1
        assert each.rule
        assert each.message
    assert mistakes or read is not None
    if read is not None and not mistakes:
        assert len(list(timeline(read, Policy()))) == len(read.steps)
