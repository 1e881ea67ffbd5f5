"""``firmware-sim drill resume``: a run that was cut off goes on to its end."""

import shlex
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from firmware_sim.bench.cli import drill_ending
from firmware_sim.bench.cli.drill_ending import RunEnding
from firmware_sim.bench.cli.drill_rehearsing import rehearsed
from firmware_sim.bench.cli.live_page import LIVE_HOST, LiveHost, LivePage, LivePort
from firmware_sim.bench.cli.output import stderr
from firmware_sim.bench.cli.policy import load_policy
from firmware_sim.bench.drills.resuming import Interrupted, has_ended, interrupted
from firmware_sim.bench.drills.runner import DrillEnding, run_drill
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.evidence.continuing import ContinuedLedger
from firmware_sim.bench.evidence.database import ledger_named_in_errors
from firmware_sim.bench.evidence.difference import AlteredError
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.holding import Hold
from firmware_sim.bench.evidence.ledger_checks import check_chain, is_older
from firmware_sim.bench.evidence.manifest import MANIFEST_NAME
from firmware_sim.bench.evidence.opening import check_is_run, is_unbegun
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.sealing import seal
from firmware_sim.bench.evidence.verifying import ledger_problem
from firmware_sim.bench.outcome import Outcome
from firmware_sim.bench.progress import Progress

_MEND: Final = "nothing was written; run the drill again, in another folder"

Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")]
Json = Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")]

EPILOG: Final = (
    "Example: firmware-sim drill resume runs/today. Exit codes are those of drill run, also for a "
    "run that was over already; 4 if it cannot go on."
)


def resume(
    folder: Run, as_json: Json = False, live: LivePort = None, live_host: LiveHost = LIVE_HOST
) -> None:
    """Go on with a run that was cut off, to the end that it would have had."""
    begin = time.monotonic()
    check_is_run(folder, f"begin it: firmware-sim drill run STORY --out {folder}")
    page = LivePage(live, live_host)  # a port that is taken is told before anything is played
    with Hold(folder) as hold, ledger_named_in_errors(folder), page:
        found = _readable(folder)
        try:
            ended = has_ended(found)
            ending = _ended(folder, found) if ended else _played_on(folder, found, hold, page)
        except AlteredError as error:
            raise UsageError(f"{folder}: {error}", _MEND) from error
        # Of a run that was interrupted again, a person waits for no report.
        record = None if ending.outcome is Outcome.INTERRUPTED else _sealed(folder)
    seconds = time.monotonic() - begin
    drill_ending.tell_all(found.run, ending, folder, seconds, record, json_wanted=as_json)
    raise typer.Exit(ending.exit_code)


def _readable(folder: Path) -> RunRecord:
    """The record of a run of this format, and one that is not closed for good."""
    if is_unbegun(folder):
        problem = f"{folder} holds no run yet: it was cut off before its first row"
        raise UsageError(problem, "remove the folder, and run the drill again")
    if is_older(folder):
        raise UsageError(f"{folder} was left by an older version: its ledger is only read", _MEND)
    if problem := ledger_problem(folder):
        raise UsageError(f"{folder} is altered: {problem}", _MEND)
    record = read_record(folder)
    if (folder / MANIFEST_NAME).exists() and not has_ended(record):
        raise UsageError(f"drill report has closed {folder} as it was cut off", _MEND)
    return record


def _ended(folder: Path, record: RunRecord) -> RunEnding:
    """How a run ended that was over already."""
    if (folder / MANIFEST_NAME).exists():
        stderr.print(f"{folder} was over already", highlight=False, soft_wrap=True)
    outcome = record.run.outcome or Outcome.ERROR
    return RunEnding(outcome, outcome.exit_code, record.run.reason, record.procedure_verdict)


def _played_on(folder: Path, found: RunRecord, hold: Hold, page: LivePage) -> RunEnding:
    """How a run ended that went on.

    Raises:
        BenchError: the bench broke before it came to where the run was cut off.
    """
    drill = interrupted(found)
    _check_policy_file(found, drill)
    place = f"after step {len(found.steps)} began" if found.steps else "before its first step"
    text = f"This run was cut off {place}. It is played again to there, and goes on."
    stderr.print(text, highlight=False, soft_wrap=True)
    head = check_chain(folder, untouched=False)
    with ContinuedLedger.go_on(folder, drill.info, head, hold) as ledger:
        page.show(folder)
        ending = rehearsed(
            drill.story.title, lambda progress: _play(drill, ledger, progress), ledger
        )
        ledger.finish(ending.outcome, ending.reason, procedure=ending.procedure)
        if ending.outcome is Outcome.ERROR and not ledger.is_going_on:
            raise BenchError(ending.reason.rstrip("."), f"{folder} stands as it was")
    return ending


def _play(
    drill: Interrupted, ledger: ContinuedLedger, progress: Progress
) -> Coroutine[Any, Any, DrillEnding]:
    return run_drill(
        drill.story,
        target=drill.info.target,
        premises=drill.info.premises,
        seed=drill.info.seed,
        ledger=ledger,
        progress=progress,
        policy=drill.policy,
        strict=drill.info.strict,
        guidance=drill.guidance,
        inventory=drill.inventory,
    )


def _sealed(folder: Path) -> RunRecord:
    """The record of a run that is over; its files and its manifest are made if they are missing."""
    if (folder / MANIFEST_NAME).exists():
        return read_record(folder)
    with stderr.status("Writing the report"):
        record = export(folder)
    seal(folder, record, "drill resume")
    return record


def _check_policy_file(record: RunRecord, drill: Interrupted) -> None:
    words = shlex.split(record.run.command_line)
    if "--policy" not in words[:-1]:
        return
    path = Path(words[words.index("--policy") + 1])
    if path.is_file() and load_policy(path).describe() != drill.policy.describe():
        problem = f"the policy {path} is not what the run was begun with"
        raise UsageError(problem, f"put the old one back; {_MEND}")
