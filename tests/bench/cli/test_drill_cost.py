"""Before a large drill the user is told what it takes, and what is quicker."""

import re

import pytest

from firmware_sim.bench.cli.drill_cost import agree_to_cost, fleet_of
from firmware_sim.bench.drills.story_file import load_story

STORY = "supplier-compromise-recovery"


def test_a_drill_of_minutes_names_the_fleet_of_the_same_size(
    capsys: pytest.CaptureFixture[str],
) -> None:
    story = load_story(STORY)
    command = fleet_of(story, STORY, 2000)
    assert command == f"firmware-sim fleet run {STORY} --devices 6000"
    agree_to_cost(story, 2000, command, yes=False)
    assert re.search(rf"2,000 homes take about \d+ min .*; {command}", capsys.readouterr().err)


@pytest.mark.parametrize(("premises", "is_fleet"), [(10, True), (2000, False)])
def test_nothing_is_said_of_a_small_drill_or_where_nothing_is_quicker(
    premises: int, is_fleet: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    agree_to_cost(load_story(STORY), premises, "quicker" if is_fleet else None, yes=False)
    assert capsys.readouterr().err == ""
