"""Trials in processes: each runs once, few wait at a time, and a failure ends them all."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import active_children
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from pydantic import TypeAdapter

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.campaign.result_log import ResultLog
from firmware_sim.bench.experiments.campaign.running import run_trials
from firmware_sim.bench.processes import WorkerProcesses
from firmware_sim.bench.progress import Silent

LONG = 45
"""Seconds; an end takes less than two, also when a busy machine takes ten times as long."""

TRIALS = {str(number): (number,) for number in range(20)}


class Shown(Silent):
    """Keeps what a progress is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def start(self, total: int, title: str) -> None:
        self.lines.append(f"{total} {title}")

    def advance(self, step: int = 1, text: str = "") -> None:
        self.lines.append(text)


def run(
    work: Callable[..., Any], trials: dict[str, tuple[Any, ...]] = TRIALS, **options: Any
) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def done(name: str, result: Any) -> str:
        assert name not in found
        found[name] = result
        return name

    settings: dict[str, Any] = {"workers": 2, "progress": Silent(), "title": "trials"} | options
    run_trials(work, trials, done, **settings)
    assert active_children() == []
    return found


@contextmanager
def ended_early() -> Iterator[None]:
    """What is done ends before a long trial would, and leaves no process."""
    start = monotonic()
    yield
    assert monotonic() - start < LONG
    assert active_children() == []


def square(number: int) -> int:
    return number * number


def own_process(_: int) -> int:
    return os.getpid()


def end_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def raise_or_work_long(number: int) -> int:
    if number == 0:
        raise ZeroDivisionError("planted")
    return wait(LONG)


def wait(seconds: int) -> int:
    sleep(seconds)
    return seconds


def test_each_trial_runs_once_and_its_result_comes_with_its_name() -> None:
    assert run(square) == {str(number): number * number for number in range(20)}


def test_trials_run_in_as_many_other_processes_as_were_asked_for() -> None:
    found = set(run(own_process, workers=3).values())
    assert os.getpid() not in found
    assert 1 <= len(found) <= 3


def test_progress_is_told_of_the_number_and_of_each_result() -> None:
    shown = Shown()
    run(square, progress=shown)
    assert shown.lines[0] == "20 trials"
    assert sorted(shown.lines[1:]) == sorted(TRIALS)


def test_no_more_than_two_trials_a_process_are_submitted_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submit, submitted, ended = WorkerProcesses.submit, 0, 0
    most = 0

    def counted(self: WorkerProcesses, *arguments: Any) -> Any:
        nonlocal submitted, most
        submitted += 1
        most = max(most, submitted - ended)
        return submit(self, *arguments)

    def done(_: str, __: int) -> str:
        nonlocal ended
        ended += 1
        return ""

    monkeypatch.setattr(WorkerProcesses, "submit", counted)
    run_trials(square, TRIALS, done, workers=2, progress=Silent(), title="trials")
    assert submitted == ended == len(TRIALS)
    assert most == 4


def test_error_in_a_trial_reaches_the_caller_and_ends_trials_that_run() -> None:
    with ended_early(), pytest.raises(ZeroDivisionError, match="planted"):
        run(raise_or_work_long)


def test_process_that_dies_is_an_error_of_the_bench_that_names_its_trial() -> None:
    with pytest.raises(BenchError, match=r"a process died in .*\b3\b"):
        run(end_at_three)
    assert active_children() == []


def test_interrupt_while_a_result_is_taken_ends_trials_that_run() -> None:
    def done(_: str, __: int) -> str:
        raise KeyboardInterrupt

    trials = {"a": (0,), "b": (LONG,)}
    with ended_early(), pytest.raises(KeyboardInterrupt):
        run_trials(wait, trials, done, workers=2, progress=Silent(), title="trials")


def test_results_of_a_journal_are_taken_over_and_only_the_others_run(tmp_path: Path) -> None:
    def log() -> ResultLog[int]:
        return ResultLog(tmp_path / "j", {"experiment": "squares"}, TypeAdapter(int))

    first = log()
    assert len(run(square, dict(list(TRIALS.items())[:5]), log=first)) == 5
    first.add("7", -1)
    assert run(square, log=log()) == {
        name: -1 if name == "7" else number * number for name, (number,) in TRIALS.items()
    }
    assert run(own_process, log=log()) == run(square, log=log()), "nothing ran"
