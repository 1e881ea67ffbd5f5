"""Small fleets for tests: planned once, and run on whichever engine."""

from collections.abc import Sequence
from pathlib import Path

from firmware_sim.bench.drills.story_file import StorySource, read_story
from firmware_sim.bench.experiments.fleet.fleet_run import FleetRun
from firmware_sim.bench.experiments.fleet.groups import GroupEngine
from firmware_sim.bench.experiments.fleet.plan import FleetPlan, Shard
from firmware_sim.bench.experiments.fleet.planning import Planned, Wanted, plan_fleet
from firmware_sim.bench.experiments.fleet.python_group import PythonGroups
from firmware_sim.bench.experiments.fleet.running import Done
from firmware_sim.bench.experiments.fleet.shard import run_shard
from firmware_sim.bench.progress import Silent
from firmware_sim.gbcs.policy import Policy
from tests.bench.drills.wave_stories import text_of


def wanted(text: str = "", devices: int = 12, seed: int = 1) -> Wanted:
    """A fleet of a story's text; without one, of one update and a look at the cells."""
    source = StorySource(text or text_of(), "story.yaml")
    return Wanted(read_story(*source, Policy()), source, devices, seed)


def planned(text: str = "", devices: int = 12) -> Planned:
    """Its plan; the record of the governance drill is not kept."""
    return plan_fleet(wanted(text, devices), None, Silent())


def run_here(plan: FleetPlan, shards: Sequence[Shard], done: Done) -> None:
    """Run shards in this process, in Python."""
    engine: GroupEngine = PythonGroups(plan.seed)
    for shard in shards:
        done(run_shard(plan, shard, engine, None))


def fleet_in(folder: Path, text: str = "", devices: int = 12) -> FleetRun:
    """A run in this process."""
    return FleetRun(wanted(text, devices), folder, run_here, Silent())
