"""docs/drills.md and the schema say the same."""

from pathlib import Path
from typing import get_args

import pytest

from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.outcome import Outcome
from tests.bench.drills.rehearsal import rehearse

PAGE = (Path(__file__).parents[3] / "docs" / "drills.md").read_text("utf-8")
STEPS = get_args(get_args(Step)[0])
SHARED = {"do", "name", "title", "minutes"}
SENT = {
    *(
        "party",
        "at",
        "smi",
        "relevant",
        "as",
        "credentials",
        "broker",
        "stolen",
        "devices",
        "keep",
        "found",
    ),
    "expect",
}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_every_step_is_documented_with_its_keys(step: type) -> None:
    fields = step.model_fields  # type: ignore[attr-defined]
    (do,) = get_args(fields["do"].annotation)
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{do}` |"))
    documented = {word.strip("` ") for word in row.split("|")[2].split(",")} - {""}
    keys = {field.alias or name for name, field in fields.items()} - SHARED
    if "and those below" in documented:
        documented = documented - {"and those below"} | SENT
    assert documented == keys


def test_every_key_that_steps_share_is_documented() -> None:
    for key in SHARED | SENT | set(Story.model_fields):
        assert f"`{key}`" in PAGE


async def test_the_documented_story_passes(tmp_path: Path) -> None:
    text = PAGE.split("```yaml\n")[1].split("```")[0]
    run = await rehearse(read_story(text, "docs/drills.md"), tmp_path)
    assert run.outcome is Outcome.PASSED, run.reasons()
