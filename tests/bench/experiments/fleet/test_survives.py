"""What a fleet run survives: a worker killed or stopped, itself killed or stopped, a full disk."""

import os
import resource
import signal
from functools import partial
from pathlib import Path

import pytest

from tests.bench.experiments.fleet.programs import (
    ended,
    killed_at_last,
    results,
    shards_in,
    start,
    story_in,
    until,
    workers_of,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story_in(tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="module")
def undisturbed(story: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return results(start(tmp_path_factory.mktemp("fleet") / "run", story))


def test_a_killed_worker_costs_nothing(story: Path, undisturbed: str, tmp_path: Path) -> None:
    run = start(tmp_path / "run", story)
    with killed_at_last(run):
        until(lambda: shards_in(tmp_path / "run") > 0)
        os.kill(workers_of(run)[0], signal.SIGKILL)
        assert results(run) == undisturbed


def test_a_worker_that_is_stopped_goes_on_later_and_others_meanwhile(
    story: Path, undisturbed: str, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    run = start(folder, story, "--workers", "2")
    with killed_at_last(run):
        until(lambda: shards_in(folder) > 0)
        stopped = workers_of(run)[0]
        os.kill(stopped, signal.SIGSTOP)
        there = shards_in(folder)
        until(lambda: shards_in(folder) > there + 2)
        assert run.poll() is None
        os.kill(stopped, signal.SIGCONT)
        assert results(run) == undisturbed
    assert shards_in(folder) == 20


def test_a_run_that_is_killed_or_stopped_goes_on_with_what_is_missing(
    story: Path, undisturbed: str, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    run = start(folder, story)
    with killed_at_last(run):
        until(lambda: shards_in(folder) > 1)
        os.kill(run.pid, signal.SIGSTOP)
        there = shards_in(folder)
        os.kill(run.pid, signal.SIGKILL)
        run.communicate()
    again = start(folder, story, "--resume")
    with killed_at_last(again):
        until(lambda: shards_in(folder) > there)
        os.kill(again.pid, signal.SIGSTOP)
        os.kill(again.pid, signal.SIGCONT)
        assert results(again) == undisturbed
    assert shards_in(folder) == 20


def _limited_to(octets: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, octets))


@pytest.mark.parametrize("octets", [20_000, 150_000, 180_000])
def test_a_full_disk_ends_a_run_in_one_line_and_costs_nothing(
    story: Path, undisturbed: str, tmp_path: Path, octets: int
) -> None:
    run = start(tmp_path / "run", story, preexec_fn=partial(_limited_to, octets))
    with killed_at_last(run):
        code, out, err = ended(run)
    assert (code, out) == (3, "")
    assert "cannot write" in err
    assert "Traceback" not in err
    assert results(start(tmp_path / "run", story, "--resume")) == undisturbed
