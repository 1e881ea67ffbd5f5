"""``firmware-sim fleet run``: a story on as many devices as there are."""

import os
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from firmware_sim.bench.cli.fleet.ending import ending_lines
from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.cli.live_page import LIVE_HOST, LiveHost, LivePage, LivePort
from firmware_sim.bench.cli.output import human, print_json, stderr
from firmware_sim.bench.cli.taken_folder import RUNS, new_run_folder, refuse_taken
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story, story_source
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.experiments.campaign.interruption import terminated_as_interrupted
from firmware_sim.bench.experiments.fleet.census import Size
from firmware_sim.bench.experiments.fleet.finishing import Summary
from firmware_sim.bench.experiments.fleet.fitting import FleetNeeds, check_fit
from firmware_sim.bench.experiments.fleet.fleet_run import FleetRun
from firmware_sim.bench.experiments.fleet.planning import Wanted, check_story
from firmware_sim.bench.experiments.fleet.running import RunShards, run_in_processes
from firmware_sim.bench.outcome import ExitCode, Outcome
from firmware_sim.gbcs.policy import Policy
from firmware_sim.hw.engine.finding import why_no_engine


class FleetEngine(StrEnum):
    """What the shards run on."""

    PROCESSES = "processes"
    DASK = "dask"


def register(app: typer.Typer) -> None:
    """Mount the verb."""
    app.command("run", epilog="Example: firmware-sim fleet run supplier-m3-fleet --devices 30000")(
        run
    )


def run(  # noqa: PLR0913, PLR0917 - one parameter an option
    story: Annotated[str, typer.Argument(help="A story's name, or a file with one.")],
    devices: Annotated[int, typer.Option(help="How many; whole premises of them are taken.")],
    engine: Annotated[
        FleetEngine, typer.Option(help="Processes of this machine, or Dask's workers.")
    ] = FleetEngine.PROCESSES,
    scheduler: Annotated[
        str | None, typer.Option(metavar="URL", help="Dask's scheduler, e.g. tcp://host:8786.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; default: one for each processor.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides every key and random value.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the run; default: a new one in runs.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out, if one was begun.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
    live: LivePort = None,
    live_host: LiveHost = LIVE_HOST,
) -> None:
    """Play a story on a fleet, and leave a signed record of it."""
    source = story_source(story)
    wanted = Wanted(read_story(*source, Policy()), source, devices, seed)
    check_story(wanted.story)
    size = wanted.size
    if size.remainder:
        text = f"{size.devices:,} devices in {size.premises:,} premises; {size.remainder} left out"
        stderr.print(text, highlight=False)
    if resume and out is None:
        raise UsageError("--resume goes on with the run of a folder", "name it by --out")
    if not resume:
        refuse_taken(out)
    number = workers or os.cpu_count() or 1
    _check_fit(wanted.story, size, number, out or RUNS)
    page = LivePage(live, live_host)  # a port that is taken is told before there is a folder
    folder = out or new_run_folder(datetime.now(UTC), f"fleet-{wanted.story.name}")
    title = f"{wanted.story.title}: {size.devices:,} devices"
    with (
        terminated_as_interrupted(),
        page,
        shown(title) as progress,
        _engine(engine, scheduler, number) as run_shards,
    ):
        page.show_apart(folder)
        fleet = FleetRun(wanted, folder, run_shards, progress)
        if resume and not fleet.has_begun:
            text = f"{folder} holds nothing to resume: the run begins."
            stderr.print(text, highlight=False, soft_wrap=True)
        summary = fleet.resume() if resume else fleet.begin()
    if as_json:
        exit_code = int(_exit_code(summary))
        print_json({**summary, "exit_code": exit_code, "folder": str(folder)})
    _tell(summary, folder, as_json=as_json)
    raise typer.Exit(_exit_code(summary))


def _check_fit(story: Story, size: Size, workers: int, folder: Path) -> None:
    """Refuse what does not fit; without the native engine, say how long it will take."""
    missing = why_no_engine()
    needs = FleetNeeds.of(story, size, workers, is_native=missing is None)
    check_fit(needs, folder)
    if missing is not None:
        text = f"In Python it will take {needs}: {missing}"
        stderr.print(text, highlight=False, soft_wrap=True)


def _engine(
    engine: FleetEngine, scheduler: str | None, workers: int
) -> AbstractContextManager[RunShards]:
    """What runs the shards; Dask's scheduler and workers are there before anything is made."""
    if engine is FleetEngine.PROCESSES:
        if scheduler is not None:
            raise UsageError("--scheduler is Dask's", "add --engine dask")
        return nullcontext(lambda plan, shards, done: run_in_processes(plan, shards, workers, done))
    try:
        found = import_module("firmware_sim.bench.experiments.fleet.on_dask")
    except ModuleNotFoundError as error:
        text = f"--engine dask needs {error.name}"
        raise BenchError(text, "pip install 'firmware-sim[dask]'") from error
    connected: AbstractContextManager[RunShards] = found.on_dask(scheduler, workers)
    return connected


def _exit_code(summary: Summary) -> ExitCode:
    return Outcome(summary["outcome"]).exit_code


def _tell(summary: Summary, folder: Path, *, as_json: bool) -> None:
    console = human(json_wanted=as_json)
    for line in (*ending_lines(summary), f"Record {folder}"):
        console.print(line, highlight=False, soft_wrap=True)
