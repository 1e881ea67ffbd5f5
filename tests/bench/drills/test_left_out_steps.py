"""A shipped story without one of its people's steps is not followed, and its first departure says
by which clause.
"""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.outcome import DevicesVerdict, Outcome
from tests.bench.drills.rehearsal import ROOT_STORY, SUPPLIER_STORY, rehearse

NEEDED = [
    (SUPPLIER_STORY, "party-tells-dcc", "L10.1(d)(i)"),
    (SUPPLIER_STORY, "dcc-confirms", "L10.1(d)(i)"),
    (SUPPLIER_STORY, "answer", "L1.17(i)"),
    (SUPPLIER_STORY, "ceremony", "L10.1(b)"),
    (SUPPLIER_STORY, "report", "L10.3"),
    (ROOT_STORY, "dcc-confirms", "L10.1(d)(i)"),
    (ROOT_STORY, "new-certificates", "L10.1(c)(ii)"),
    (ROOT_STORY, "report", "L10.3"),
]


@pytest.mark.parametrize(("name", "step", "clause"), NEEDED)
async def test_a_story_without_one_of_its_steps_is_not_followed(
    name: str, step: str, clause: str, tmp_path: Path
) -> None:
    story = load_story(name)
    steps = tuple(each for each in story.steps if each.name != step)
    assert len(steps) == len(story.steps) - 1
    run = await rehearse(story.model_copy(update={"steps": steps}), tmp_path)
    assert run.whole is Outcome.PROCEDURE_NOT_FOLLOWED, run.reasons()
    assert run.devices is DevicesVerdict.RIGHT
    assert run.departures()[0].endswith(f"[SEC {clause}]"), run.departures()


MAY_BE_LEFT_OUT = [
    (SUPPLIER_STORY, ("preparation",)),
    (SUPPLIER_STORY, ("question", "answer")),
    (SUPPLIER_STORY, ("meeting-ends",)),
    (SUPPLIER_STORY, ("no-short-cut", "wrong-key")),
    (ROOT_STORY, ("too-few", "no-decision")),
]


@pytest.mark.parametrize(("name", "left_out"), MAY_BE_LEFT_OUT)
async def test_what_section_l_does_not_ask_for_may_be_left_out(
    name: str, left_out: tuple[str, ...], tmp_path: Path
) -> None:
    story = load_story(name)
    steps = tuple(each for each in story.steps if each.name not in left_out)
    run = await rehearse(story.model_copy(update={"steps": steps}), tmp_path)
    assert run.departures() == []
    assert run.whole is Outcome.PASSED, run.reasons()
