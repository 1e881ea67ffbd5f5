"""A device that does otherwise than its representative is told, on either engine."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from firmware_sim.bench.experiments.fleet import shard as shards
from firmware_sim.bench.experiments.fleet.groups import ANOTHER_ANSWER, Group, GroupEngine
from firmware_sim.bench.experiments.fleet.native_group import NativeGroups
from firmware_sim.bench.experiments.fleet.orders import CourseOrder
from firmware_sim.bench.experiments.fleet.plan import FleetKind, FleetPlan, shards_of
from firmware_sim.bench.experiments.fleet.planning import Planned
from firmware_sim.bench.experiments.fleet.python_group import PythonGroups
from firmware_sim.bench.experiments.fleet.shard import run_shard
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.hw.engine.library import engine_at
from tests.bench.drills.wave_stories import text_of
from tests.bench.experiments.fleet.small_fleets import planned
from tests.requirements import require_engine


@pytest.fixture(scope="module")
def found() -> Planned:
    return planned(text_of(), 12)


@pytest.fixture(params=["python", "native"])
def engine(request: pytest.FixtureRequest) -> GroupEngine:
    if request.param == "python":
        return PythonGroups(1)
    return NativeGroups(engine_at(require_engine()), 1)


def with_last_order(plan: FleetPlan, order: CourseOrder) -> FleetPlan:
    first, *others = plan.courses
    return replace(plan, courses=(replace(first, orders=(*first.orders[:-1], order)), *others))


def test_both_engines_leave_the_same_flash(found: Planned, engine: GroupEngine) -> None:
    [shard] = shards_of(found.plan, found.course_of)
    summary = run_shard(found.plan, shard, engine, None)
    assert summary.different == ()
    assert summary.digest == run_shard(found.plan, shard, PythonGroups(1), None).digest


def test_an_answer_unlike_the_representatives_is_told(found: Planned, engine: GroupEngine) -> None:
    order = found.plan.courses[0].orders[-1]
    due = order.due_answer
    assert due is not None
    at = due.end - 1
    octets = due.answer[:at] + bytes((due.answer[at] ^ 1,)) + due.answer[at + 1 :]
    plan = with_last_order(found.plan, order._replace(due_answer=due._replace(answer=octets)))
    [shard] = shards_of(plan, found.course_of)
    summary = run_shard(plan, shard, engine, None)
    assert {(each.course, each.problem) for each in summary.different} == {(0, ANOTHER_ANSWER)}
    assert len(summary.different) == 4
    assert {each.device for each in summary.kept} >= {each.device for each in summary.different}


def test_a_command_that_must_be_refused_and_is_taken_is_told(
    found: Planned, engine: GroupEngine
) -> None:
    order = found.plan.courses[0].orders[-1]._replace(reason=10, due_answer=None)
    plan = with_last_order(found.plan, order)
    [shard] = shards_of(plan, found.course_of)
    problems = {each.problem for each in run_shard(plan, shard, engine, None).different}
    assert problems == {"took what its representative refused"}


class _OtherFlash:
    """A judge whose devices leave one octet more."""

    name = "other"
    most = 50

    def make(self, kind: FleetKind, entities: Sequence[EntityId]) -> Group:
        group = PythonGroups(1).make(kind, entities)
        whole = group.image
        group.image = lambda number: whole(number)[:-1] + b"\0"  # type: ignore[method-assign]
        return group


def test_a_flash_that_python_does_not_leave_is_told(
    found: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "JUDGED_OF", 6)
    [shard] = shards_of(found.plan, found.course_of)
    summary = run_shard(found.plan, shard, PythonGroups(1), _OtherFlash())
    assert len(summary.judged) == 2
    assert summary.unequal == summary.judged
