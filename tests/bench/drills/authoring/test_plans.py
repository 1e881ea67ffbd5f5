"""Every story that `drill new` offers can be played, and ends well by both verdicts."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from firmware_sim.bench.drills.authoring.outline import outline
from firmware_sim.bench.drills.authoring.plans import (
    StoryPlan,
    offered_devices,
    offered_keys,
    offered_methods,
    offered_plans,
)
from firmware_sim.bench.drills.authoring.setting import StorySetting, setting_of
from firmware_sim.bench.drills.authoring.writing import story_text
from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import examine
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict
from tests.bench.drills.authoring.json_schema import problems
from tests.bench.drills.authoring.test_schema import SCHEMA, read
from tests.bench.drills.rehearsal import rehearse

PLANS = list(offered_plans())


def label(plan: StoryPlan) -> str:
    return f"{plan.key.value}-{plan.method}-{'-'.join(kind.name for kind in plan.devices)}"


def text_of(plan: StoryPlan) -> str:
    start = datetime(2027, 2, 1, 8, tzinfo=UTC)
    return story_text(plan, "own", file="own.yaml", setting=StorySetting(25), start=start)


def alone() -> Iterator[StoryPlan]:
    for plan in PLANS:
        for kind in plan.devices if len(plan.devices) > 1 else ():
            yield plan._replace(devices=(kind,))


@cache
def story_of(plan: StoryPlan) -> Story:
    story, mistakes = examine(text_of(plan), "own.yaml")
    assert mistakes == []
    assert story is not None
    return story


QUICK = {
    (FallenName.SUPPLIER_KA, "1"), (FallenName.NETWORK_OPERATOR_DS, "2"),
    (FallenName.BROKER_KA, "3"), (FallenName.ROOT_OCA, "contingency"),
}  # fmt: skip
"""One for each method is played in every run of the tests; all of them pass `check` there."""


async def ends_well(plan: StoryPlan, folder: Path) -> None:
    story = story_of(plan)
    run = await rehearse(story, folder)
    assert run.whole is Outcome.PASSED, run.reasons()
    assert run.verdicts is not None
    assert run.verdicts.procedure is ProcedureVerdict.FOLLOWED
    assert run.devices is DevicesVerdict.RIGHT
    about = outline(story)
    assert about.methods == ("Contingency" if plan.method == "contingency" else plan.method,)
    assert about.falls == (f"{plan.key_words} (first generation)",)
    assert set(about.devices) == set(plan.devices)
    assert about.negatives >= 2


@pytest.mark.parametrize("plan", [each for each in PLANS if each[:2] in QUICK], ids=label)
async def test_a_story_of_each_method_ends_well(plan: StoryPlan, tmp_path: Path) -> None:
    await ends_well(plan, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("plan", [each for each in PLANS if each[:2] not in QUICK], ids=label)
async def test_every_other_story_that_is_offered_ends_well(plan: StoryPlan, tmp_path: Path) -> None:
    await ends_well(plan, tmp_path)


@pytest.mark.parametrize("plan", PLANS, ids=label)
def test_every_story_that_is_offered_passes_check(plan: StoryPlan) -> None:
    story_of(plan)


@pytest.mark.parametrize("plan", PLANS, ids=label)
def test_a_reading_is_tried_where_the_key_is_one_for_readings(plan: StoryPlan) -> None:
    """It is all that such a key is for: with it a thief reads, and gives no command."""
    uses = [step for step in story_of(plan).steps if isinstance(step, UseStep)]
    reads = plan.key in (FallenName.SUPPLIER_KA, FallenName.NETWORK_OPERATOR_KA)
    assert [step.name for step in uses] == (
        ["read-before", "read-after", "thief-reads-nothing", "thief-reads-on"] if reads else []
    )


def test_prices_that_are_no_comment_any_more_are_those_of_every_type() -> None:
    key = FallenName.NETWORK_OPERATOR_DS
    text = text_of(StoryPlan(key, "3", offered_devices(key)))
    before, prices, after = re.split(r"(# assumptions:\n(?:#.*\n)+)", text)
    shown = re.sub("^# ", "", prices, flags=re.MULTILINE)
    story, mistakes = examine(before + shown + after, "own.yaml")
    assert mistakes == []
    assert story is not None
    assert set(story.assumptions.prices) == set(offered_devices(key))


ELSEWHERE = {"two suppliers": ("alpha=60%,beta=40%", None), "out of reach": (None, "10%"),
             "both": ("2", "2")}  # fmt: skip


def story_elsewhere(plan: StoryPlan, which: str) -> Story:
    setting = setting_of(plan, 5, *ELSEWHERE[which])
    start = datetime(2027, 2, 1, 8, tzinfo=UTC)
    text = story_text(plan, "own", file="own.yaml", setting=setting, start=start)
    assert problems(read(text), SCHEMA, SCHEMA) == []
    assert "--premises" not in text
    assert max(map(len, text.splitlines())) <= 100
    story, mistakes = examine(text, "own.yaml")
    assert mistakes == []
    assert story is not None
    return story


async def ends_as_declared(story: Story, folder: Path) -> None:
    run = await rehearse(story, folder, premises=5)
    assert run.whole is Outcome.PASSED, run.reasons()
    assert run.verdicts is not None
    about = outline(story)
    assert (run.verdicts.procedure, run.devices) == (about.procedure, about.devices_verdict)
    cut_off = story.links is not None
    assert run.devices is (DevicesVerdict.OUTSTANDING if cut_off else DevicesVerdict.RIGHT)


async def test_with_two_suppliers_and_devices_out_of_reach_it_ends_as_it_declares(
    tmp_path: Path,
) -> None:
    key = FallenName.SUPPLIER_DS
    story = story_elsewhere(StoryPlan(key, "3", offered_devices(key)), "both")
    await ends_as_declared(story, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["1", "2", "3"])
@pytest.mark.parametrize(
    ("key", "whose", "suppliers", "operators"),
    [
        (FallenName.NETWORK_OPERATOR_DS, "south", None, "2"),
        (FallenName.NETWORK_OPERATOR_KA, None, "2", "north=40%,south=60%"),
        (FallenName.SUPPLIER_DS, "beta", "alpha=60%,beta=40%", "2"),
    ],
)
async def test_one_of_several_organisations_falls_and_the_others_keep_their_keys(
    key: FallenName,
    whose: str | None,
    suppliers: str | None,
    operators: str,
    method: str,
    tmp_path: Path,
) -> None:
    plan = StoryPlan(key, method, offered_devices(key))
    setting = setting_of(plan, 5, suppliers, None, operators=operators, whose=whose)
    start = datetime(2027, 2, 1, 8, tzinfo=UTC)
    text = story_text(plan, "own", file="own.yaml", setting=setting, start=start)
    assert f"party: {whose or 'north'}\n" in text
    story, mistakes = examine(text, "own.yaml")
    assert (story is not None, mistakes) == (True, [])
    assert story is not None
    await ends_as_declared(story, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("plan", PLANS, ids=label)
async def test_elsewhere_each_story_ends_as_it_declares(plan: StoryPlan, tmp_path: Path) -> None:
    await ends_as_declared(story_elsewhere(plan, "both"), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("which", [each for each in ELSEWHERE if each != "both"])
async def test_either_alone_ends_as_it_declares(which: str, tmp_path: Path) -> None:
    key = FallenName.SUPPLIER_TOP_UP
    story = story_elsewhere(StoryPlan(key, "2", offered_devices(key)), which)
    await ends_as_declared(story, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("plan", list(alone()), ids=label)
async def test_on_each_of_its_devices_alone_it_ends_well_too(
    plan: StoryPlan, tmp_path: Path
) -> None:
    run = await rehearse(story_of(plan), tmp_path)
    assert run.whole is Outcome.PASSED, run.reasons()


@pytest.mark.parametrize("plan", PLANS, ids=label)
def test_the_text_is_commented_and_valid_by_the_schema_that_it_names(plan: StoryPlan) -> None:
    text = text_of(plan)
    assert text.startswith("# yaml-language-server: $schema=story.schema.json\n")
    assert "firmware-sim drill run own.yaml --premises 25" in text
    assert text.count("# ---") >= 3
    assert problems(read(text), SCHEMA, SCHEMA) == []
    assert max(map(len, text.splitlines())) <= 100
    assert "\n\n\n" not in text


@pytest.mark.parametrize("plan", PLANS, ids=label)
def test_what_falls_is_tried_by_an_attacker_where_it_can_protect_a_command(plan: StoryPlan) -> None:
    tried = {step.name for step in story_of(plan).steps if getattr(step, "stolen", False)}
    cannot = {"supplier.KA", "supplier.KA.PP", "networkOperator.KA", "issuing-oca"}
    assert ("attacker-refused" in tried) is (plan.key.value not in cannot)
    assert ("No attacker tries a command" in text_of(plan)) is ("attacker-refused" not in tried)


def test_each_method_is_offered_for_some_key_and_each_key_has_a_device() -> None:
    offered = {method for key in offered_keys() for method in offered_methods(FallenName(key))}
    assert offered == {"1", "2", "3", "contingency"}
    assert all(offered_devices(FallenName(key)) for key in offered_keys())
    assert offered_methods(FallenName.XML_SIGNING) == {}
