"""What `show` and `list` say of a story before it runs is what a run of it does."""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.authoring.outline import outline
from firmware_sim.bench.drills.authoring.timeline import timeline
from firmware_sim.bench.drills.people_steps import ReportStep
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import builtin_stories, load_story, read_story
from firmware_sim.gbcs.policy import Policy
from tests.bench.drills.rehearsal import ROOT_STORY, SUPPLIER_STORY, rehearse

OTHERS = Path(__file__).parents[1] / "stories"


@pytest.mark.parametrize("story", builtin_stories(), ids=lambda story: story.name)
async def test_a_run_goes_as_the_timeline_tells_and_ends_as_the_list_declares(
    story: Story, tmp_path: Path
) -> None:
    moments = list(timeline(story, Policy()))
    run = await rehearse(story, tmp_path)
    told = [(each.step.name, each.at.isoformat()) for each in moments]
    begun = run.rows("SELECT name, started FROM step ORDER BY id")
    assert [name for name, _ in told] == [name for name, _ in begun]
    assert [at[:16] for _, at in told] == [at[:16] for _, at in begun]
    asked: dict[str, set[str]] = {each.step.name: set() for each in moments}
    for step, kind in run.rows(
        "SELECT DISTINCT main.step.name, main.device.type FROM message "
        "JOIN main.step ON main.step.id = step JOIN main.device ON entity = message.device "
        "WHERE direction = 'to device'"
    ):
        asked[step].add(kind)
    assert any(asked.values())
    for each in moments:
        if each.step.do != "compromise":
            assert {kind.name for kind in each.cells} == asked[each.step.name], each.step.name
    about = outline(story)
    assert run.verdicts is not None
    assert run.verdicts.procedure is about.procedure
    assert run.verdicts.devices is about.devices_verdict


@pytest.mark.parametrize(
    ("name", "falls", "methods", "devices"),
    [
        ("gpf-handover", (), (), "GPF"),
        (
            ROOT_STORY,
            (
                "the Root OCA's private key (first generation)",
                "the Recovery Private Key (first generation)",
            ),
            ("Contingency",), "CHF GPF ESME GSME",
        ),
        (
            SUPPLIER_STORY, ("the supplier's signing key (first generation)",), ("3",),
            "GPF ESME GSME",
        ),
        (
            str(OTHERS / "method-1.yaml"), ("the supplier's signing key (first generation)",),
            ("1",), "CHF GPF ESME GSME",
        ),
    ],
)  # fmt: skip
def test_the_outline_says_what_falls_how_it_is_mended_and_where(
    name: str, falls: tuple[str, ...], methods: tuple[str, ...], devices: str
) -> None:
    about = outline(load_story(name))
    assert about.falls == falls
    assert about.methods == methods
    assert {kind.name for kind in about.devices} == set(devices.split())


def test_positives_and_negatives_are_counted_by_what_a_step_expects() -> None:
    about = outline(load_story(SUPPLIER_STORY))
    # Eight must not: custody twice, three captured messages, the attacker twice, old tokens.
    assert about.negatives == 8
    # 13 must: three readings, three updates, a quorum, a decision, a ceremony, and four uses.
    assert about.positives == 13


def test_what_falls_is_found_where_it_stands_at_that_moment() -> None:
    moments = {each.step.name: each for each in timeline(load_story(ROOT_STORY), Policy())}
    fallen = moments["root-falls"].cells
    assert {kind.name for kind in fallen} == {"CHF", "GPF", "ESME", "GSME"}
    assert all("root.CS" in map(str, cells) for cells in fallen.values())
    # The retired key of Recovery stands in no cell any more.
    assert moments["old-recovery-leaks"].cells == {}


def test_a_key_of_a_later_version_is_not_passed_over_in_silence() -> None:
    class Later(ReportStep):
        ripples: int = 0

    story = load_story(str(OTHERS / "followed.yaml"))
    step = Later(do="report", name="r", title="t", ripples=3)
    changed = story.model_copy(update={"steps": (*story.steps, step)})
    *_, last = timeline(changed, Policy())
    assert last.what.endswith("(and what it says under ripples)")


def test_every_story_of_the_tests_can_be_told() -> None:
    for path in OTHERS.rglob("*.yaml"):
        if not path.name.startswith("row-7-"):
            story = read_story(path.read_text("utf-8"), path.name)
            told = [f"{each.who} {each.what}" for each in timeline(story, Policy())]
            assert len(told) == len(story.steps)
            assert not [text for text in told if "under" in text and "says" in text], path.name
