"""What a fleet costs: CPU time a device, beside the cryptography that it cannot do without.

The floor is measured in the same run, before and after, with the same library as the parties use:
the party signs, the device verifies and signs, the party verifies; and to make the device, two keys
are drawn and two certificates signed.
"""

import os
import resource
import time
from collections.abc import Callable, Collection, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import yaml

from firmware_sim.bench.drills.story_file import StorySource, read_story, story_source
from firmware_sim.bench.experiments.fleet.fleet_run import FleetRun
from firmware_sim.bench.experiments.fleet.page import PAGE_NAME
from firmware_sim.bench.experiments.fleet.plan import FleetPlan, Shard
from firmware_sim.bench.experiments.fleet.planning import Wanted
from firmware_sim.bench.experiments.fleet.running import Done, run_in_processes
from firmware_sim.bench.experiments.fleet.shard import ShardSummary
from firmware_sim.bench.progress import Progress
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.policy import Policy
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key

CPU_AIM: Final = 1.6
"""Of the floor."""

WALL_AIM: Final = 1.25
"""Of the CPU time, divided by the workers."""

_STORY: Final = "supplier-compromise-recovery"
_STEPS: Final = (
    "supplier-falls",
    "party-tells-dcc",
    "dcc-confirms",
    "dcc-tells-all",
    "preparation",
    "meeting",
    "question",
    "answer",
    "decision",
    "meeting-ends",
    "ceremony",
    "recovery",
)
_ROUNDS: Final = 300
_MICRO: Final = 1e6


class FleetStory(StrEnum):
    """What is measured."""

    PLAIN = "plain"
    """Method 3 alone: provisioning, and one command for each device."""
    ROUGH = "rough"
    """The same in waves, over links that lose 2 %, with an attacker at one device in a hundred."""


class FleetCost(NamedTuple):
    """Result of a run.

    Attributes:
        floor: microseconds of cryptography a device, of one command and of making it.
        cpu: microseconds of CPU time a device, governance drill and record included.
        shards: of the shards alone, once their processes have started: what one device more costs.
        wall, cpu_seconds: of the whole run.
        planning: CPU seconds of census, draws and governance drill.
        starting: CPU seconds of all processes before their first shards.
        orders: messages to devices, and what fell due in them, for each device.
        memory: octets, of all processes together at their most.
        record: octets of the run's folder; of its page.
        load: of the machine when it began, over one minute.
        beside: steps that were played at representatives alone.
    """

    story: str
    devices: int
    workers: int
    floor: float
    cpu: float
    shards: float
    wall: float
    cpu_seconds: float
    planning: float
    starting: float
    orders: float
    memory: int
    record: int
    page: int
    load: float
    outcome: str
    results: str
    beside: tuple[str, ...]

    @property
    def ratio(self) -> float:
        """CPU time as a multiple of the floor."""
        return self.cpu / self.floor


def measure_fleet(story: FleetStory, devices: int, workers: int, progress: Progress) -> FleetCost:
    """Run a fleet into a folder that is taken away again, and say what it took."""
    before = floor()
    source = StorySource(story_text(story, devices), f"{story}.yaml")
    return measure_story(source, devices, workers, progress, lambda _: (before + floor()) / 2)


def measure_story(
    source: StorySource,
    devices: int,
    workers: int,
    progress: Progress,
    floor_without: Callable[[Collection[str]], float],
) -> FleetCost:
    """The same for any story.

    Args:
        floor_without: microseconds of cryptography that a device cannot do without if it takes no
            part in the steps of these names; asked after the run.

    Raises:
        UsageError: a story that no fleet can play, or a number of devices that cannot be.
    """
    load = os.getloadavg()[0]
    wanted = Wanted(read_story(*source, Policy()), source, devices, 1)
    watch = _Watch()
    run_shards = partial(_in_processes, workers, watch)
    with TemporaryDirectory(prefix="firmware-sim-") as folder:
        place = Path(folder) / "run"
        cpu, began = _cpu(), time.monotonic()
        summary = FleetRun(wanted, place, run_shards, progress).begin()
        wall, spent = time.monotonic() - began, _cpu() - cpu
        record = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
        page = (place / PAGE_NAME).stat().st_size
    there, cost = summary["devices"], summary["cost"]
    return FleetCost(
        story=wanted.story.name,
        devices=there,
        workers=workers,
        floor=floor_without(summary["beside"]),
        cpu=spent / there * _MICRO,
        shards=cost["cpu_microseconds_a_device"],
        wall=wall,
        cpu_seconds=spent,
        planning=watch.planning,
        starting=cost["starting_seconds"],
        orders=cost["orders"] / there,
        memory=watch.most,
        record=record,
        page=page,
        load=load,
        outcome=summary["outcome"],
        results=summary["results"],
        beside=tuple(summary["beside"]),
    )


def story_text(story: FleetStory, devices: int) -> str:
    """The story that is measured, as YAML."""
    text: dict[str, Any] = yaml.safe_load(story_source(_STORY).text)
    text["name"] = f"{story}-fleet"
    text["start"] = text["start"].isoformat()
    # It ends with the update: nothing is read back, and so nothing can be reported.
    text["verdicts"] = {"procedure": "not followed"}
    text["steps"] = [step for step in text["steps"] if step["name"] in _STEPS]
    if story is FleetStory.ROUGH:
        (step,) = (each for each in text["steps"] if each["name"] == "recovery")
        step["waves"] = [{"share": "1%", "name": "canary"}, {"share": "20%"}, {"share": "rest"}]
        step["retry"] = {"attempts": 4, "back off": "30m"}
        text["links"] = {"loss": "2%"}
        text["attacker"] = [
            {
                "holds": "supplier.DS",
                "via": "broker",
                "own certificate": "issued by SMKI",
                "devices": max(1, devices // 100),
                "from": "supplier-falls",
                "does": ["rotate to own", "lock out counter", "replay", "race"],
                "at": ["between decision and wave"],
            }
        ]
    return yaml.safe_dump(text, sort_keys=False)


def floor() -> float:
    """Microseconds of the cryptography of one device: made, commanded, and its answer verified."""
    suite, drbg, data = P256Suite(), HmacDrbg(b"fleet benchmark".ljust(32), b"floor"), bytes(540)
    keys = [generate_private_key(drbg) for _ in range(_ROUNDS)]
    points = [suite.public_key(key) for key in keys]
    signer = suite.signer(keys[0], points[0])
    signature = signer(data)
    sign = _each(lambda _: signer(data))
    verify = _each(lambda _: suite.verify(points[0], data, signature))
    draw = _each(lambda number: suite.public_key(keys[number]))
    return 4 * sign + 2 * verify + 2 * draw


def _each(work: Callable[[int], object]) -> float:
    spent = []
    for number in range(_ROUNDS):
        began = time.thread_time()
        work(number)
        spent.append(time.thread_time() - began)
    return median(spent) * _MICRO


def _cpu() -> float:
    """Seconds of CPU time of this process and of those that have ended."""
    found = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in found)


class _Watch:
    """What a run takes besides its shards.

    Attributes:
        most: octets that all processes have for themselves, with their part of the rest, whenever
            a shard ended; before that, those of the planning.
        planning: its CPU seconds.
    """

    most = 0
    planning = 0.0

    def __init__(self) -> None:
        self._before = _cpu()

    def look(self) -> None:
        """Look at this moment."""
        task = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
        processes = [str(os.getpid()), *task.read_text().split()]
        self.most = max(self.most, sum(_proportional(process) for process in processes))

    def planned(self) -> None:
        """The planning has ended: its process is the only one so far."""
        self.planning = _cpu() - self._before
        planning = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        self.most = planning + _proportional(str(os.getpid()))


def _proportional(process: str) -> int:
    """The proportional set size of a process; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _in_processes(
    workers: int, watch: _Watch, plan: FleetPlan, shards: Sequence[Shard], done: Done
) -> None:
    def watched(summary: ShardSummary) -> None:
        watch.look()
        done(summary)

    watch.planned()
    run_in_processes(plan, shards, workers, watched)
