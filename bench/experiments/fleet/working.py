"""What a worker does: it keeps a plan and an engine, and runs the shards that it is given."""

from functools import lru_cache
from importlib.metadata import version
from threading import Lock
from time import process_time
from typing import Final

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.fleet.groups import GroupEngine
from firmware_sim.bench.experiments.fleet.native_group import NativeGroups
from firmware_sim.bench.experiments.fleet.plan import FleetPlan, Shard
from firmware_sim.bench.experiments.fleet.python_group import PythonGroups
from firmware_sim.bench.experiments.fleet.shard import ShardSummary, image_at_end, run_shard
from firmware_sim.hw.build.engine import sources_digest
from firmware_sim.hw.engine.errors import EngineError
from firmware_sim.hw.engine.finding import engine_file
from firmware_sim.hw.engine.library import engine_at

PACKAGE: Final = "firmware-sim"


_one_at_a_time: Final = Lock()


class _Kept:
    """The plan of this process, and the digest of the one whose kinds it has met."""

    plan: FleetPlan | None = None
    met: str | None = None


def keep_plan(plan: FleetPlan) -> None:
    """From now on shards of this process are of that plan."""
    _Kept.plan = plan


def run_kept_shard(shard: Shard) -> ShardSummary:
    """Run a shard of the plan that this process keeps; the first one after the start."""
    plan = _Kept.plan
    if plan is None:
        raise BenchError("a worker has no plan")
    with _one_at_a_time:  # the engine is for one thread, and a worker may have several
        starting = None if _Kept.met == plan.digest else _start(plan)
        return run_shard(plan, shard, *_engines(plan.seed))._replace(starting=starting)


def run_with(plan: FleetPlan, shard: Shard) -> ShardSummary:
    """Run a shard, with the native engine if there is one, judged by the device in Python."""
    with _one_at_a_time:
        return run_shard(plan, shard, *_engines(plan.seed))


def about_worker() -> str:
    """Which version of the product a worker has, and the sources of its firmware."""
    return f"{version(PACKAGE)} ({sources_digest()[:12]})"


def _start(plan: FleetPlan) -> float:
    """Make the engines, and have both meet each kind and its certificates; in CPU seconds.

    A device of every kind is run to its end, so that the first shard costs what the next one does.
    """
    begin = process_time()
    first_of: dict[int, int] = {}
    for number, course in enumerate(plan.courses):
        first_of.setdefault(course.kind, number)
    for engine in filter(None, _engines(plan.seed)):
        for number in first_of.values():
            image_at_end(plan, number, plan.courses[number].representative, engine)
    _Kept.met = plan.digest
    return process_time() - begin


@lru_cache(maxsize=2)
def _engines(seed: int) -> tuple[GroupEngine, GroupEngine | None]:
    python = PythonGroups(seed)
    try:
        library = engine_at(engine_file())
    except EngineError:
        return python, None
    return NativeGroups(library, seed), python
