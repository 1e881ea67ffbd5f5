"""A folder that holds a run takes no other; what is there to do is told in one line."""

from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Final

from firmware_sim.bench.drills.resuming import has_ended, interrupted
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.holding import is_written
from firmware_sim.bench.evidence.manifest import MANIFEST_NAME
from firmware_sim.bench.evidence.opening import is_unbegun
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.experiments.fleet.planning import TARGET
from firmware_sim.bench.files.whole_files import named_in_errors

RUNS: Final = Path("runs")
"""Where runs stand for which no folder is named."""


def new_run_folder(started: datetime, name: str) -> Path:
    """Make a folder below `RUNS` for this run alone, by its time and name.

    Of two runs that begin in the same second, each gets its own.

    Raises:
        BenchError: it cannot be made.
    """
    wanted = RUNS / f"{started:%Y%m%dT%H%M%SZ}-{name}"
    with named_in_errors(wanted):
        RUNS.mkdir(exist_ok=True)
        for number in count(2):
            try:
                wanted.mkdir(mode=0o700)
            except FileExistsError:
                wanted = wanted.with_name(f"{started:%Y%m%dT%H%M%SZ}-{name}-{number}")
            else:
                break
    return wanted


def refuse_taken(folder: Path | None) -> None:
    """Refuse a folder with a run, before anything is made; None is a new one.

    Raises:
        UsageError: it holds one; names the command that goes on with it, if it can go on.
    """
    if folder is not None and (folder / LEDGER_NAME).exists():
        raise UsageError(f"{folder} already holds a run", f"{_first(folder)}choose another --out")


def _first(folder: Path) -> str:
    """What is to be done rather than another folder; empty if there is nothing."""
    if is_written(folder) or (folder / MANIFEST_NAME).exists():
        return ""
    if is_unbegun(folder):
        return "it was cut off before its first row: remove it, or "
    try:
        record = read_record(folder)
        if record.run.target == TARGET:
            return "it was cut off: add --resume to go on with it, or "
        if has_ended(record):
            return ""
        interrupted(record)
    except UsageError:  # not ours, or it cannot go on
        return ""
    return f"it was cut off: go on with it by firmware-sim drill resume {folder}, or "
