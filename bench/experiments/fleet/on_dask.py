"""The shards of a fleet on Dask's workers, on this machine or on many.

A shard's key is its number and the digest of its plan, so that one which runs twice, because a
worker was lost, gives the one result. Workers that join later get the plan when they come.
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import partial
from typing import Final

from distributed import (
    Client,
    KilledWorker,
    LocalCluster,
    WorkerPlugin,
    as_completed,
)

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.fleet.plan import FleetPlan, Shard
from firmware_sim.bench.experiments.fleet.running import Done, RunShards
from firmware_sim.bench.experiments.fleet.safe_shards import wait_as_wished
from firmware_sim.bench.experiments.fleet.shard import ShardSummary
from firmware_sim.bench.experiments.fleet.working import about_worker, keep_plan, run_kept_shard

_CONNECT_SECONDS: Final = 15
_WORKER_SECONDS: Final = 60
_MEND: Final = "look at the scheduler, and start again with --resume"


class PlanPlugin(WorkerPlugin):
    """What Dask has each worker keep, those that join later too.

    Args:
        plan: of the run; in place of an earlier one.
    """

    name = "firmware-sim-fleet"

    def __init__(self, plan: FleetPlan) -> None:
        self._plan = plan

    def setup(self, worker: object) -> None:  # noqa: ARG002 - Dask passes it
        """The worker keeps the plan."""
        keep_plan(self._plan)


@contextmanager
def on_dask(scheduler: str | None, workers: int) -> Iterator[RunShards]:
    """What runs shards on Dask's workers, for as long as the connection lasts.

    Args:
        scheduler: where it listens, e.g. ``tcp://host:8786``; None for one of our own.
        workers: processes of our own.

    Raises:
        BenchError: the scheduler is not there, or is lost; it has no workers, or they have another
            version of the product; or workers keep dying in a shard.
    """
    with _client(scheduler, workers) as client:
        check_workers(client)
        yield partial(_run, client)


def _run(client: Client, plan: FleetPlan, shards: Sequence[Shard], done: Done) -> None:
    """Run every shard once."""
    client.register_plugin(PlanPlugin(plan))
    futures = [
        client.submit(run_kept_shard, shard, key=f"{plan.digest}-{shard.number}")
        for shard in shards
    ]
    for future in as_completed(futures, loop=client.loop):
        summary: ShardSummary = future.result()
        done(summary)
        future.release()
        wait_as_wished()  # the workers meanwhile go on with what they have


@contextmanager
def _client(scheduler: str | None, workers: int) -> Iterator[Client]:
    _hush()
    where = scheduler or "the scheduler of our own"
    try:
        with _cluster(scheduler, workers) as address, _connected(address, where) as client:
            yield client
    except KilledWorker as error:
        text = f"workers keep dying in {error.task}"
        raise BenchError(text, "they may lack memory: try fewer workers") from error
    except CancelledError as error:
        raise BenchError(f"the connection to {where} is lost", _MEND) from error
    except (OSError, TimeoutError) as error:
        raise BenchError(f"the connection to {where} fails: {error}", _MEND) from error


def _hush() -> None:
    """Say in one line what it means that a connection is lost: not Dask's own pages about it."""
    for name in ("distributed", "tornado", *logging.root.manager.loggerDict):
        if name.partition(".")[0] in {"distributed", "tornado"}:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


@contextmanager
def _cluster(scheduler: str | None, workers: int) -> Iterator[str]:
    if scheduler is not None:
        yield scheduler
        return
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


@contextmanager
def _connected(address: str, where: str) -> Iterator[Client]:
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        mend = "start one with dask scheduler, or leave --scheduler out"
        raise BenchError(f"there is no Dask scheduler at {where}", mend) from error
    try:
        yield client
    finally:
        client.close(timeout=_CONNECT_SECONDS)


def check_workers(client: Client) -> None:
    """Every worker has our version of the product.

    Raises:
        BenchError: it has not, or there is no worker.
    """
    try:
        client.wait_for_workers(1, timeout=_WORKER_SECONDS)
    except TimeoutError as error:
        mend = "start some with dask worker, one thread each"
        raise BenchError("the Dask scheduler has no workers", mend) from error
    ours = about_worker()
    try:
        found = client.run(about_worker)
    except Exception as error:
        text = f"a Dask worker cannot run our code: {type(error).__name__}: {error}"
        raise BenchError(text, f"install firmware-sim {ours} there") from error
    for worker, theirs in found.items():
        if theirs != ours:
            text = f"the Dask worker {worker} has firmware-sim {theirs}, and this is {ours}"
            raise BenchError(text, "install the same version everywhere")
