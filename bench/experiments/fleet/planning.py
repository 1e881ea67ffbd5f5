"""From a story and a size to a plan: census, draws, and the governance drill that gives orders."""

import asyncio
from array import array
from asyncio import CancelledError
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from firmware_sim.bench.drills.audit_step import AuditStep
from firmware_sim.bench.drills.conditions import DrillConditions
from firmware_sim.bench.drills.lots import TooFewToDrawError
from firmware_sim.bench.drills.on_paper import drawn_on_paper
from firmware_sim.bench.drills.safe_point import heeding_in_part
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import StorySource
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.holding import Hold
from firmware_sim.bench.evidence.run_info import STORY, InputText, RunInfo, versions
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.experiments.fleet.census import Census, Size, size_of, take_census
from firmware_sim.bench.experiments.fleet.courses import Courses, Drawn
from firmware_sim.bench.experiments.fleet.governance import (
    GovernanceLedger,
    Played,
    play_governance,
    without_links,
)
from firmware_sim.bench.experiments.fleet.plan import FleetPlan, make_plan
from firmware_sim.bench.experiments.fleet.without_uses import without_uses
from firmware_sim.bench.outcome import Outcome, RunVerdicts
from firmware_sim.bench.processes import WorkerProcesses
from firmware_sim.bench.progress import Progress, Silent
from firmware_sim.gbcs.policy import Policy

TARGET: Final = "fleet"
"""What the record of a governance drill says of its target."""

MAX_COURSES: Final = 20_000
"""More representatives would make the governance drill longer than the shards."""


_TRIED: Final = 50_000
"""So many devices are drawn, at most, to say how many would do."""


class Wanted(NamedTuple):
    """What decides a fleet, and all of its results."""

    story: Story
    source: StorySource
    devices: int
    seed: int

    @property
    def size(self) -> Size:
        """Raises UsageError for a number that cannot be."""
        return size_of(self.story, self.devices)


class Planned(NamedTuple):
    """A plan, and what it was made from.

    Attributes:
        course_of: for each device, the number of its course.
        played: the governance drill.
    """

    plan: FleetPlan
    course_of: "array[int]"
    census: Census
    played: Played


def check_story(story: Story) -> None:
    """Refuse a story that cannot be played at size, before anything is made.

    Raises:
        UsageError: says what in it.
    """
    if story.inventory is not None:
        text = f"the story {story.name} names devices one by one, in {story.inventory}"
        raise UsageError(text, "a fleet draws its devices: leave inventory out")
    for step in story.steps:
        if isinstance(step, AuditStep):
            text = f"step {step.name}: a fleet is not audited device by device"
            raise UsageError(text, "use firmware-sim audit run, or leave the step out")


def plan_fleet(
    wanted: Wanted, folder: Path | None, progress: Progress, hold: Hold | None = None
) -> Planned:
    """Play the governance drill of a fleet, and make the plan of what it says.

    Args:
        folder: where its record is to stand; None to keep none.
        hold: of that folder, if somebody has it already.

    Raises:
        UsageError: the story cannot be played on that many devices.
        BenchError: the governance drill could not go on.
    """
    check_story(wanted.story)
    progress.start(1, "The devices of the fleet")
    census = take_census(wanted.story, wanted.size, wanted.seed)
    drawn = Drawn(census, _conditions(wanted, census))
    courses = drawn.without_links()
    _check_number(courses)
    if _needs_survey(census.story):
        progress.start(1, "The governance drill, to see who is sent what")
        told = _played(wanted, census, drawn, courses, None, is_survey=True)
        courses = drawn.with_links(courses, told.survey(courses))
        _check_number(courses)
    devices = len(courses.all)
    progress.start(1, f"The governance drill, at {count(devices, 'device')}")
    played = _played(wanted, census, drawn, courses, folder, hold)
    plan = without_uses(make_plan(census, courses, played))
    return Planned(plan, courses.of, census, played)


def _conditions(wanted: Wanted, census: Census) -> DrillConditions:
    """What chance gives to the devices; where they are too few for it, says how many are not."""
    try:
        return _drawn(census)
    except TooFewToDrawError as error:
        raise UsageError(error.problem, _mend(wanted)) from error


def _drawn(census: Census) -> DrillConditions:
    return drawn_on_paper(census.story, census.estate, census.seed)


def _mend(wanted: Wanted) -> str:
    devices = 2 * wanted.devices
    while devices <= _TRIED:
        larger = wanted._replace(devices=devices)
        # Too small for its population, too, is too small.
        with suppress(UsageError):
            _drawn(take_census(larger.story, larger.size, larger.seed))
            return f"--devices {devices} would do"
        devices *= 2
    return "ask for fewer in the story, or give more --devices"


class LeanPlan(NamedTuple):
    """A plan without the estate: what goes on once it is made.

    Attributes:
        course_of: for each device, the number of its course.
        verdicts, reason: how the governance drill ended.
    """

    plan: FleetPlan
    course_of: "array[int]"
    verdicts: RunVerdicts
    reason: str


def plan_apart(wanted: Wanted, folder: Path, progress: Progress, *, is_recorded: bool) -> LeanPlan:
    """As `plan_fleet`, in a process of its own: the memory that the estate takes goes with it.

    Args:
        folder: of the run, which this process holds; wishes are left there.
        is_recorded: whether the record of the governance drill stands there already.

    Raises:
        KeyboardInterrupt: somebody who watches wished to stop.
    """
    progress.start(1, "The devices, and the governance drill")
    try:
        with WorkerProcesses(1) as process:
            return process.submit(_lean, wanted, folder, is_recorded).result()
    except CancelledError as error:
        raise KeyboardInterrupt from error


def _lean(wanted: Wanted, folder: Path, is_recorded: bool) -> LeanPlan:
    with heeding_in_part(folder):
        kept = None if is_recorded else folder
        planned = plan_fleet(wanted, kept, Silent(), Hold.elsewhere())
    ending = planned.played.ending
    return LeanPlan(planned.plan, planned.course_of, ending.verdicts, ending.reason)


def _needs_survey(story: Story) -> bool:
    """Whether it takes a drill to know which device stands in which wave, or loses what."""
    waves = any(isinstance(step, UpdateStep) and step.waves for step in story.steps)
    return waves or story.links is not None


def _check_number(courses: Courses) -> None:
    number = len(courses.all)
    if number > MAX_COURSES:
        text = f"the devices take {number:,} different courses, and {MAX_COURSES:,} can be played"
        raise UsageError(text, "give fewer --devices, or links that lose less")


def _played(
    wanted: Wanted,
    census: Census,
    drawn: Drawn,
    courses: Courses,
    folder: Path | None,
    hold: Hold | None = None,
    *,
    is_survey: bool = False,
) -> Played:
    story = without_links(census.story) if is_survey else census.story
    if folder is None:
        with TemporaryDirectory(prefix="firmware-sim-") as empty:
            return _recorded(wanted, story, census, drawn, courses, Path(empty) / "run")
    return _recorded(wanted, story, census, drawn, courses, folder, hold)


def _recorded(
    wanted: Wanted,
    story: Story,
    census: Census,
    drawn: Drawn,
    courses: Courses,
    folder: Path,
    hold: Hold | None = None,
) -> Played:
    with GovernanceLedger.create(folder, _run_info(wanted, census), hold=hold) as ledger:
        work = play_governance(story, census, drawn, courses, ledger, Silent())
        try:
            played = asyncio.run(work)
        except CancelledError:
            ledger.finish(Outcome.INTERRUPTED, "Interrupted from outside.")
            raise
        ending = played.ending
        ledger.finish(ending.outcome, ending.reason, procedure=ending.verdicts.procedure)
    return played


def _run_info(wanted: Wanted, census: Census) -> RunInfo:
    story = wanted.story
    command = ("firmware-sim", "fleet", "run", wanted.source.origin)
    numbers = ("--devices", str(wanted.devices), "--seed", str(wanted.seed))
    return RunInfo(
        story=story.name,
        title=story.title,
        summary=story.summary,
        clauses=story.clauses,
        seed=wanted.seed,
        target=TARGET,
        premises=census.size.premises,
        started=datetime.now(UTC),
        versions=versions(),
        command_line=(*command, *numbers),
        policy=Policy().describe(),
        inputs=(InputText(STORY, wanted.source.origin, wanted.source.text),),
    )
