"""The catalogue on the native engine and over a broker: every story ends as it declares.

And each key that it replaced is proven by its use, where that is public.
"""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.authoring.catalogue import CATALOGUE
from firmware_sim.bench.drills.authoring.outline import outline
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.outcome import Outcome
from tests.bench.drills.rehearsal import HANDOVER_STORY, rehearse
from tests.requirements import require_engine

pytestmark = [pytest.mark.slow]

NAMES = [name for names in CATALOGUE.values() for name in names] + [
    HANDOVER_STORY,
    "prepayment-key-compromise",
]


async def check(name: str, target: str, folder: Path) -> None:
    story = load_story(name)
    homes = 1 if story.population is None else story.population.premises
    run = await rehearse(story, folder, target=target, premises=homes)
    assert run.whole is Outcome.PASSED, run.reasons()
    assert run.verdicts is not None
    about = outline(story)
    assert run.verdicts[:2] == (about.procedure, about.devices_verdict)
    proven = read_record(folder).as_json()["replaced_keys_proven"]
    assert proven is None or proven["could_be_used_and_was_not"] == 0


@pytest.mark.parametrize("name", NAMES)
async def test_a_story_ends_as_declared_on_the_native_engine(name: str, tmp_path: Path) -> None:
    require_engine()
    await check(name, "native", tmp_path)


@pytest.mark.parametrize("name", NAMES)
async def test_a_story_ends_as_declared_over_mqtt(name: str, tmp_path: Path) -> None:
    await check(name, "mqtt", tmp_path)
