"""A fleet and a drill of the same story, size and seed come to the same, device by device.

The drill plays every device by itself; the fleet plays one of each course, and its shards do the
rest.
"""

import asyncio
import json
from pathlib import Path

import pytest

from firmware_sim.bench.drills.story_file import read_story, story_source
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.experiments.fleet.plan import entities_of, shards_of
from firmware_sim.bench.experiments.fleet.planning import plan_fleet
from firmware_sim.bench.experiments.fleet.python_group import PythonGroups
from firmware_sim.bench.experiments.fleet.shard import run_shard
from firmware_sim.bench.outcome import Outcome
from firmware_sim.bench.progress import Silent
from tests.bench.drills.attacker_stories import (
    BEFORE_NOTICE,
    DOES,
    NO_CERTIFICATE,
    small_text,
)
from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.drills.test_small_fleet import fleet, fleet_text
from tests.bench.drills.wave_stories import text_of
from tests.bench.experiments.fleet.small_fleets import fleet_in, planned, wanted


def fates_in(run: Rehearsal) -> dict[str, str]:
    rows = run.rows("SELECT content FROM account WHERE kind = 'device outcome'")
    told = [json.loads(content) for (content,) in rows]
    return {each["device"]: each["outcome"] for each in told}


def waves_in(run: Rehearsal) -> list[object]:
    rows = run.rows("SELECT content FROM account WHERE kind = 'wave' ORDER BY place")
    return [json.loads(content) for (content,) in rows]


# A story with all that goes wrong; 12 devices take some ten courses.
@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_device_has_the_fate_and_every_wave_the_numbers_of_the_drill(
    seed: int, tmp_path: Path
) -> None:
    drill = asyncio.run(rehearse(fleet(mended=True), tmp_path / "drill", premises=8, seed=seed))
    found = plan_fleet(wanted(fleet_text(mended=True), 24, seed), tmp_path / "fleet", Silent())
    assert len(found.plan.courses) < 24
    [shard] = shards_of(found.plan, found.course_of)
    entities = entities_of(found.plan, shard)
    fates = {
        str(entity): found.plan.courses[course].fate
        for entity, course in zip(entities, shard.courses, strict=True)
    }
    assert fates == fates_in(drill)
    ending = Rehearsal(found.played.ending.outcome, tmp_path / "fleet")
    assert waves_in(ending) == waves_in(drill)
    assert found.played.ending.verdicts == drill.verdicts
    summary = run_shard(found.plan, shard, PythonGroups(seed), None)
    assert summary.different == ()


@pytest.mark.parametrize("own", [True, False])
def test_drill_and_fleet_agree_on_exposure_where_an_attacker_acts(
    own: bool, tmp_path: Path
) -> None:
    """Whether the thief has a certificate of SMKI, and takes devices, or is refused."""
    changes = () if own else (NO_CERTIFICATE,)
    text = small_text(BEFORE_NOTICE, (DOES, "does: [rotate to own]"), *changes)
    drill = asyncio.run(rehearse(read_story(text, "fleet.yaml"), tmp_path / "drill", premises=8))
    record = read_record(drill.folder)
    told = fleet_in(tmp_path / "fleet", text, len(record.devices)).begin()["exposure"]
    found = [each.seconds for each in record.recoveries or ()]
    assert told["devices"] == len(found)
    exposed = record.exposure
    assert exposed is not None
    assert exposed.median_s is not None
    assert exposed.max_s is not None
    assert told["device_hours"] == round(sum(found) / 3600)
    assert told["median_hours"] == round(exposed.median_s / 3600, 2)
    assert told["longest_hours"] == round(exposed.max_s / 3600, 2)
    assert min(found) > 2 * 3600


def test_devices_of_one_kind_follow_one_representative() -> None:
    found = planned(text_of(), 60)
    assert len(found.plan.courses) == 3
    [shard] = shards_of(found.plan, found.course_of)
    summary = run_shard(found.plan, shard, PythonGroups(1), None)
    assert summary.courses == ((0, 20), (1, 20), (2, 20))
    assert summary.different == ()


def test_lost_messages_give_devices_courses_of_their_own() -> None:
    lossy = text_of("    retry: {attempts: 3, back off: 30m}\n", "links: {loss: 10%}\n")
    found = planned(lossy, 60)
    attempts = {each.attempts for course in found.plan.courses for each in course.updates}
    assert {1, 2} <= attempts
    [shard] = shards_of(found.plan, found.course_of)
    assert run_shard(found.plan, shard, PythonGroups(1), None).different == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["root-compromise-contingency", "partial-failure", "gpf-handover"])
def test_stories_of_the_catalogue_pass_at_size(name: str) -> None:
    found = planned(story_source(name).text, 24)
    assert found.played.ending.outcome is Outcome.PASSED
    [shard] = shards_of(found.plan, found.course_of)
    assert run_shard(found.plan, shard, PythonGroups(1), None).different == ()


@pytest.mark.slow
def test_a_story_whose_orders_depend_on_lost_uses_is_refused_in_one_line() -> None:
    """Bad links, power cuts and uses of keys together: which use arrived decides what follows."""
    with pytest.raises(BenchError, match="without the uses of keys; leave the use steps"):
        planned(story_source("rough-contingency").text, 24)
