"""The shards of a fleet in many processes of one machine; a process that dies costs nothing."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Final

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.fleet.plan import FleetPlan, Shard
from firmware_sim.bench.experiments.fleet.safe_shards import (
    LOOK_SECONDS,
    is_to_wait,
    wait_as_wished,
)
from firmware_sim.bench.experiments.fleet.shard import ShardSummary
from firmware_sim.bench.experiments.fleet.working import keep_plan, run_kept_shard
from firmware_sim.bench.processes import WorkerProcesses

Done = Callable[[ShardSummary], None]
"""Takes the summary of a shard that has ended, in whatever order they end."""

RunShards = Callable[[FleetPlan, Sequence[Shard], Done], None]
"""Runs shards on some engine, in any order."""

MOST_DEATHS: Final = 3
"""A shard in which so many processes died is blamed for it."""

_AHEAD: Final = 2


def run_in_processes(plan: FleetPlan, shards: Iterable[Shard], workers: int, done: Done) -> None:
    """Run every shard once; those of a process that died run again in another.

    Raises:
        BenchError: processes keep dying in the same shards.
        KeyboardInterrupt: SIGINT, or a wish to stop; all processes have ended by then.
    """
    left = {shard.number: shard for shard in shards}
    deaths: Counter[int] = Counter()
    while left:
        running: dict[Future[ShardSummary], int] = {}
        try:
            with WorkerProcesses(min(workers, len(left)), keep_plan, plan) as processes:
                for summary in _results(processes, list(left.values()), running, workers):
                    del left[summary.number]
                    done(summary)
        except BrokenProcessPool as error:
            deaths.update(number for number in running.values() if number in left)
            worst = max(deaths.values(), default=0)
            if worst >= MOST_DEATHS:
                numbers = sorted(n for n, count in deaths.items() if count >= MOST_DEATHS)
                raise BenchError(
                    f"{worst} processes died in shard {numbers[0]}",
                    "they may lack memory: try fewer --workers, and --resume",
                ) from error


def _results(
    processes: WorkerProcesses,
    shards: list[Shard],
    running: dict[Future[ShardSummary], int],
    workers: int,
) -> Iterator[ShardSummary]:
    for shard in shards:
        while running and (len(running) >= workers * _AHEAD or is_to_wait()):
            yield from _ended(running)
        wait_as_wished()
        running[processes.submit(run_kept_shard, shard)] = shard.number
    while running:
        yield from _ended(running)


def _ended(running: dict[Future[ShardSummary], int]) -> Iterator[ShardSummary]:
    ready: set[Future[ShardSummary]] = set()
    while not ready:
        is_to_wait()  # a wish to stop ends the run here
        ready, _ = wait(running, LOOK_SECONDS, FIRST_COMPLETED)
    for future in ready:
        summary = future.result()
        del running[future]
        yield summary
