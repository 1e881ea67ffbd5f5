"""What docs/write-a-story.md answers to other questions; tests/documentation runs its commands."""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.authoring.plans import StoryPlan, offered_devices
from firmware_sim.bench.drills.authoring.setting import setting_of
from firmware_sim.bench.drills.authoring.writing import story_text
from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import load_story, read_story
from firmware_sim.bench.outcome import Outcome
from tests.bench.drills.rehearsal import rehearse


def question(edits: dict[str, str]) -> Story:
    key = FallenName.NETWORK_OPERATOR_DS
    start = load_story("gpf-handover").start
    plan = StoryPlan(key, "3", offered_devices(key))
    text = story_text(
        plan, "own", file="own.yaml", setting=setting_of(plan, 2, None, "1"), start=start
    )
    for old, new in edits.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    return read_story(text, "own.yaml")


REPORT = "  - name: report\n    title: The DCC reports to the SMKI PMA\n    do: report\n"
RULE = "  - {clause: 'SEC L10.3', text: the DCC reports to the SMKI PMA what was done}\n"
SEATS = "[chair, supplier-1, network-1, security-sub-committee, smki-specialist]"


@pytest.mark.parametrize(
    ("edits", "outcome"),
    [
        ({"minutes: 60 # until": "minutes: 600 # until"}, Outcome.PASSED),
        ({"certainty: actual # or suspected": "certainty: suspected"}, Outcome.PASSED),
        ({SEATS: "[chair, supplier-1, network-1]"}, Outcome.PROCEDURE_NOT_FOLLOWED),
        ({REPORT: "", RULE: ""}, Outcome.PROCEDURE_NOT_FOLLOWED),
    ],
    ids=["late", "suspected", "three members", "no report"],
)
async def test_the_other_questions_are_answered_as_the_page_says(
    edits: dict[str, str], outcome: Outcome, tmp_path: Path
) -> None:
    run = await rehearse(question(edits), tmp_path, premises=2)
    assert run.whole is outcome, run.reasons()
