"""``bench fleet``: the stories that it measures, and that its figures are parts of one run."""

import json
from fractions import Fraction

import pytest

from firmware_sim.bench.cli.main import run as command
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.experiments.fleet.benchmark import FleetStory, story_text
from firmware_sim.gbcs.policy import Policy
from tests.bench.experiments.fleet.small_fleets import planned


def story_of(kind: FleetStory, devices: int) -> Story:
    return read_story(story_text(kind, devices), "story.yaml", Policy())


def test_the_rough_story_has_waves_losses_and_an_attacker_at_one_device_in_a_hundred() -> None:
    story = story_of(FleetStory.ROUGH, 30_000)
    [attacker] = story.attacker
    assert attacker.devices == 300
    assert set(attacker.does) == {"rotate to own", "lock out counter", "replay", "race"}
    assert story.links is not None
    assert story.links.loss == Fraction(2, 100)
    plain = story_of(FleetStory.PLAIN, 30_000)
    assert (plain.attacker, plain.links) == ((), None)
    assert [step.name for step in story.steps] == [step.name for step in plain.steps]


def test_an_attacked_device_gets_what_the_attacker_sends() -> None:
    found = planned(story_text(FleetStory.ROUGH, 60), 60)
    orders = sorted(len(course.orders) for course in found.plan.courses)
    # One command of Recovery; the attacker sends some thirty messages to one device.
    assert orders[0] == 1
    assert orders[-1] > 20
    assert sum(number > 20 for number in orders) == 1


def test_what_is_spent_once_and_for_each_device_are_parts_of_the_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command(["bench", "fleet", "--devices", "30", "--workers", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    shards = found["shards"] * 30 / 1e6
    assert (found["devices"], found["orders"], found["outcome"]) == (30, 1.0, "passed")
    assert min(found["planning"], found["starting"], shards) > 0
    assert found["planning"] + found["starting"] + shards < found["cpu_seconds"]
