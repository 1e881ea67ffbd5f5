"""Fleet runs as programs of their own, with small shards, that tests kill and stop."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from tests.bench.drills.wave_stories import text_of
from tests.requirements import require_engine
from tests.support.patience import at_most

ROOT: Final = Path(__file__).resolve().parents[4]
PATIENCE: Final = at_most(500)
"""Seconds; nothing here needs so many."""

DEVICES: Final = 3000

_PROGRAM: Final = """
import sys
from firmware_sim.bench.experiments.fleet import plan
plan.SHARD_DEVICES = 150
from firmware_sim.bench.cli.main import run
sys.exit(run())
"""


def story_in(folder: Path) -> Path:
    """A story whose fleets the native engine runs in seconds."""
    require_engine()
    path = folder / "story.yaml"
    path.write_text(text_of(after=""))
    return path


def start(folder: Path, story: Path, *options: str, **how: Any) -> "subprocess.Popen[str]":
    """A fleet run of some twenty shards."""
    words = ("fleet", "run", str(story), "--devices", str(DEVICES), "--out", str(folder), "--json")
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *words, *options],
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how,
    )  # fmt: skip


def ended(run: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    out, err = run.communicate(timeout=PATIENCE)
    return run.returncode, out, err


def results(run: "subprocess.Popen[str]") -> str:
    """The digest of the results of a run that passes."""
    code, out, err = ended(run)
    assert code == 0, err
    found: str = json.loads(out)["results"]
    return found


def until(holds: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def shards_in(folder: Path) -> int:
    """How many shards a run has recorded."""
    path = folder / "fleet.sqlite"
    if not path.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            (number,) = database.execute("SELECT count(*) FROM shard").fetchone()
    except sqlite3.OperationalError:
        return 0
    return int(number)


def workers_of(run: "subprocess.Popen[str]") -> list[int]:
    """The processes that a run has started."""
    path = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    return [int(word) for word in path.read_text().split()]


@contextmanager
def killed_at_last(*runs: "subprocess.Popen[str]") -> Iterator[None]:
    """No process outlives a test."""
    try:
        yield
    finally:
        for run in runs:
            if run.poll() is None:
                os.kill(run.pid, signal.SIGKILL)
                run.communicate()
