"""A fleet from its own record: the story, size and seed that stand there, and the plan again."""

from array import array
from pathlib import Path
from typing import Final, NamedTuple

from firmware_sim.bench.drills.story_file import StorySource, read_story
from firmware_sim.bench.dut.simulated.premises import device_entity_id, home_of
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.difference import AlteredError, Difference
from firmware_sim.bench.evidence.holding import is_written
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.run_info import STORY, versions
from firmware_sim.bench.experiments.fleet.plan import (
    FleetPlan,
    Shard,
    entities_of,
    mark_of,
    shards_of,
)
from firmware_sim.bench.experiments.fleet.planning import Wanted, plan_fleet
from firmware_sim.bench.experiments.fleet.record import (
    FLEET_NAME,
    FleetContents,
    check_fleet_chain,
    opened_fleet,
    read_fleet,
)
from firmware_sim.bench.experiments.fleet.shard import ShardSummary
from firmware_sim.bench.experiments.fleet.working import run_with
from firmware_sim.bench.progress import Progress
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy

OVER: Final = "over"
RUNNING: Final = "running"
STOPPED: Final = "stopped"
CUT_OFF: Final = "cut off"


class RecordedFleet(NamedTuple):
    """A run, and its plan made again.

    Attributes:
        course_of: for each device, the number of its course.
    """

    contents: FleetContents
    plan: FleetPlan
    course_of: "array[int]"

    def shard(self, number: int) -> Shard:
        """One of its shards."""
        return next(each for each in shards_of(self.plan, self.course_of) if each.number == number)

    def course_of_device(self, entity: EntityId) -> int | None:
        """The number of a device's course; None if it is not of this fleet."""
        for shard in shards_of(self.plan, self.course_of):
            entities = entities_of(self.plan, shard)
            if entity in entities:
                return shard.courses[entities.index(entity)]
        return None


def contents_of(folder: Path) -> FleetContents:
    """What the record of a fleet says.

    Raises:
        UsageError: the folder holds none, or it is damaged.
    """
    with opened_fleet(folder) as database:
        return read_fleet(database)


def run_state(folder: Path, contents: FleetContents) -> str:
    """Whether a run is over, goes on, was stopped by somebody, or was cut off."""
    if contents.end is not None:
        return OVER
    if is_written(folder):
        return RUNNING
    return STOPPED if contents.is_stopped else CUT_OFF


def check_device(folder: Path, entity: EntityId) -> None:
    """Refuse a device that a fleet does not have, before its plan is made again.

    Raises:
        UsageError: there is no such run, or no such device in it.
    """
    wanted = _wanted(folder, contents_of(folder))
    size, home = wanted.size, home_of(entity)
    mark = mark_of(wanted.seed)
    known = (device_entity_id(kind, home, mark) for kind in size.types)
    if home >= size.premises or entity not in known:
        raise UsageError(f"the fleet has no device {entity}", "fleet list and stuck.csv name some")


def _wanted(folder: Path, contents: FleetContents) -> Wanted:
    """What decided a recorded fleet."""
    found = read_record(folder, untouched=True).input_of(STORY)
    if found is None:
        raise UsageError(f"{folder} does not hold its story", "make the run again")
    source = StorySource(found.text, found.origin)
    head = contents.head
    return Wanted(read_story(*source, Policy()), source, head["devices"], head["seed"])


def planned_again(folder: Path, progress: Progress) -> RecordedFleet:
    """The plan of a recorded run, made again from its own story.

    Raises:
        UsageError: there is no such run, or other versions made it.
        AlteredError: the plan is not the one of the record.
    """
    contents = contents_of(folder)
    wanted, head = _wanted(folder, contents), contents.head
    if head["versions"] != versions():
        mend = "use the versions in its manifest, or --replay 0"
        raise UsageError(f"other versions than these wrote {folder}", mend)
    planned = plan_fleet(wanted, None, progress)
    if planned.plan.digest != head["plan"]:
        problem = "has another plan than its story, size and seed give"
        raise AlteredError(Difference(FLEET_NAME, "fleet row 0", problem=problem))
    return RecordedFleet(contents, planned.plan, planned.course_of)


def check_fleet(folder: Path, shards: int, progress: Progress) -> int:
    """Whether the record of a fleet is sound, and some of its shards give the same again.

    Args:
        shards: how many are run again, spread over the fleet; 0 for none.

    Returns:
        How many devices were run again.

    Raises:
        AlteredError: it is not, or a shard gives something else.
        UsageError: it cannot be read, or run again by these versions.
    """
    check_fleet_chain(folder)
    contents = contents_of(folder)
    if not shards or not contents.shards:
        return 0
    fleet = planned_again(folder, progress)
    numbers = sorted(contents.shards)
    step = max(1, len(numbers) // shards)
    chosen = numbers[::step][:shards]
    progress.start(len(chosen), "Shards run again")
    devices = 0
    for number in chosen:
        again, kept = run_with(fleet.plan, fleet.shard(number)), contents.shards[number]
        if _result(again) != _result(kept):
            problem = f"shard {number} gives something else when it is run again"
            raise AlteredError(Difference(FLEET_NAME, problem=problem))
        devices += again.devices
        progress.advance()
    return devices


def _result(shard: ShardSummary) -> tuple[object, ...]:
    return shard.devices, shard.courses, shard.different, shard.digest, shard.stuck
