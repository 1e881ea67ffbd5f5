"""Shards on Dask's workers: the same results, whatever becomes of a worker or of the scheduler."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.fleet.on_dask import check_workers
from tests.bench.drills.wave_stories import text_of
from tests.bench.experiments.fleet.programs import (
    ROOT,
    ended,
    killed_at_last,
    results,
    shards_in,
    start,
    until,
)
from tests.requirements import require_engine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, list["subprocess.Popen[str]"]]]:
    """Dask's own programs: the scheduler's address, and its process before those of the workers."""
    folder.mkdir()
    file = folder / "scheduler.json"
    dask = str(Path(sys.executable).parent / "dask")
    words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    started = [_program([dask, "scheduler", *words])]
    worker = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder)]
    words = [dask, "worker", "--scheduler-file", str(file), *worker]
    started += [_program(words) for _ in range(workers)]
    try:
        until(lambda: file.exists() and file.stat().st_size > 0)
        address = next(
            word.split('"')[3] for word in file.read_text().split(",") if '"address"' in word
        )
        yield address, started
    finally:
        for each in started:
            if each.poll() is None:
                os.kill(each.pid, signal.SIGKILL)
            each.communicate()


def _program(words: list[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        words, cwd=ROOT, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_engine()
    path = tmp_path_factory.mktemp("story") / "story.yaml"
    path.write_text(text_of(after=""))
    return path


def test_a_lost_worker_and_then_a_lost_scheduler_cost_nothing(story: Path, tmp_path: Path) -> None:
    undisturbed, folder = results(start(tmp_path / "pool", story)), tmp_path / "run"
    with cluster(tmp_path / "one", 3) as (address, (scheduler, worker, *_)):
        run = start(folder, story, "--engine", "dask", "--scheduler", address)
        with killed_at_last(run):
            until(lambda: shards_in(folder) > 0)
            os.kill(worker.pid, signal.SIGKILL)
            there = shards_in(folder)
            until(lambda: shards_in(folder) > there)
            os.kill(scheduler.pid, signal.SIGKILL)
            code, _, err = ended(run)
    assert code == 3
    assert "--resume" in err
    assert "Traceback" not in err
    assert 0 < shards_in(folder) < 20
    with cluster(tmp_path / "two", 2) as (address, _):
        again = start(folder, story, "--engine", "dask", "--scheduler", address, "--resume")
        with killed_at_last(again):
            assert results(again) == undisturbed


def test_a_scheduler_that_is_not_there_is_told_in_one_line(story: Path, tmp_path: Path) -> None:
    run = start(tmp_path / "run", story, "--engine", "dask", "--scheduler", "tcp://127.0.0.1:9")
    with killed_at_last(run):
        code, out, err = ended(run)
    assert (code, out) == (3, "")
    assert "there is no Dask scheduler at tcp://127.0.0.1:9" in err
    assert not (tmp_path / "run").exists()
    assert "Traceback" not in err


class OtherVersion:
    """A client whose one worker has another version of the product."""

    def wait_for_workers(self, number: int, timeout: float) -> None:
        """It is there."""

    def run(self, work: Callable[[], str]) -> dict[str, str]:
        """What the worker says."""
        return {"tcp://10.0.0.7:1": work().replace("0.", "9.", 1)}


def test_a_worker_with_another_version_is_refused() -> None:
    with pytest.raises(BenchError, match=r"worker tcp://10\.0\.0\.7:1 has firmware-sim 9\."):
        check_workers(cast("Any", OtherVersion()))
