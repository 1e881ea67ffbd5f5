"""Many trials in many processes: bounded, cancelled at once, resumed from a result log.

A trial is a function's arguments and the name by which the experiment knows it. Interrupting the
calling process, or ending it in any way, ends the trials too: see
`firmware_sim.bench.processes`.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.campaign.result_log import ResultLog
from firmware_sim.bench.processes import WorkerProcesses
from firmware_sim.bench.progress import Progress

Result = TypeVar("Result")

Trials = Mapping[str, tuple[Any, ...]]
"""By the name of each trial, its arguments."""

_AHEAD = 2
"""Trials submitted for each process: the one that runs, and one so that it need not wait."""


def run_trials(
    work: Callable[..., Result],
    trials: Trials,
    done: Callable[[str, Result], str],
    *,
    workers: int,
    progress: Progress,
    title: str,
    log: ResultLog[Result] | None = None,
) -> None:
    """Run every trial once; those that the log holds are not run again.

    Args:
        work: a function of a module, so that another process can call it.
        done: takes the name and the result of a trial, in the order in which trials end; what
            it returns is shown as progress.
        title: what the trials are, in the plural.
        log: keeps each result as soon as it is there.

    Raises:
        BenchError: a process died in a trial.
        KeyboardInterrupt: SIGINT; all processes have ended by then.
    """
    progress.start(len(trials), title)
    held = {} if log is None else log.results
    for name in (each for each in trials if each in held):
        progress.advance(text=done(name, held[name]))
    remaining = {name: trials[name] for name in trials if name not in held}
    if not remaining:
        return
    with WorkerProcesses(min(workers, len(remaining))) as processes:
        for name, result in _results(processes, work, remaining, workers):
            if log is not None:
                log.add(name, result)
            progress.advance(text=done(name, result))


def _results(
    processes: WorkerProcesses, work: Callable[..., Result], trials: Trials, workers: int
) -> Iterator[tuple[str, Result]]:
    """Each result as it comes; never more than `_AHEAD` trials a process are submitted."""
    submitted: dict[Future[Result], str] = {}
    try:
        for name, arguments in trials.items():
            if len(submitted) >= workers * _AHEAD:
                yield from _ended(submitted)
            submitted[processes.submit(work, *arguments)] = name
        while submitted:
            yield from _ended(submitted)
    except BrokenProcessPool as error:
        running = " or ".join(submitted.values())
        raise BenchError(
            f"a process died in {running}", "it may lack memory: try fewer --workers"
        ) from error


def _ended(submitted: dict[Future[Result], str]) -> Iterator[tuple[str, Result]]:
    """Wait until a trial has ended, and take out all that have."""
    ready, _ = wait(submitted, return_when=FIRST_COMPLETED)
    for future in ready:
        result = future.result()
        yield submitted.pop(future), result
