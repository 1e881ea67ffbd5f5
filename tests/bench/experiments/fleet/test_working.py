"""A worker starts once for each plan, and tells what that took with the first shard alone."""

from dataclasses import replace

import pytest

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.fleet import plan as planning
from firmware_sim.bench.experiments.fleet import working
from firmware_sim.bench.experiments.fleet.plan import shards_of
from firmware_sim.bench.experiments.fleet.planning import Planned
from firmware_sim.bench.experiments.fleet.record import result_digest
from firmware_sim.bench.experiments.fleet.working import keep_plan, run_kept_shard, run_with
from tests.bench.drills.wave_stories import text_of
from tests.bench.experiments.fleet.small_fleets import planned


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Planned:
    monkeypatch.setattr(planning, "SHARD_DEVICES", 6)
    monkeypatch.setattr(working._Kept, "plan", None)
    monkeypatch.setattr(working._Kept, "met", None)
    return planned(text_of(), 12)


def test_the_first_shard_of_a_process_tells_of_its_start_and_no_other(found: Planned) -> None:
    keep_plan(found.plan)
    first, second = (run_kept_shard(shard) for shard in shards_of(found.plan, found.course_of))
    assert first.starting is not None
    assert first.starting > 0
    assert second.starting is None
    keep_plan(replace(found.plan, digest="another"))
    again = run_kept_shard(next(shards_of(found.plan, found.course_of)))
    assert again.starting is not None


def test_a_start_changes_no_result(found: Planned) -> None:
    keep_plan(found.plan)
    started, without = {}, {}
    for shard in shards_of(found.plan, found.course_of):
        started[shard.number] = run_kept_shard(shard)
        without[shard.number] = run_with(found.plan, shard)
    assert result_digest(started) == result_digest(without)


def test_a_worker_without_a_plan_runs_nothing(found: Planned) -> None:
    with pytest.raises(BenchError, match="no plan"):
        run_kept_shard(next(shards_of(found.plan, found.course_of)))
