"""The part of ``evidence verify`` that is about fleets: their own record, and shards run again."""

from math import ceil
from pathlib import Path
from typing import Final

from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.evidence.difference import AlteredError
from firmware_sim.bench.evidence.replaying import Replayed
from firmware_sim.bench.evidence.verifying import Verification
from firmware_sim.bench.experiments.fleet.plan import SHARD_DEVICES
from firmware_sim.bench.experiments.fleet.record import is_fleet
from firmware_sim.bench.experiments.fleet.recorded_fleet import check_fleet, contents_of

__all__ = ["is_fleet", "verify_fleet"]

_USUALLY: Final = 1


def verify_fleet(folder: Path, found: Verification, wanted: int | str | None) -> None:
    """Go on where the record of the governance drill was found intact.

    Args:
        found: takes what is found.
        wanted: how many devices to run again, ``all``, or None for what is usual. Whole shards are.

    Raises:
        UsageError: these versions cannot run its shards again.
    """
    shards = _USUALLY if wanted is None else ceil(_number(folder, wanted) / SHARD_DEVICES)
    try:
        with shown("", at_once=False) as progress:
            devices = check_fleet(folder, shards, progress)
    except AlteredError as error:
        found.difference = error.difference
    else:
        found.replayed = Replayed(devices, devices, None)


def _number(folder: Path, wanted: int | str) -> int:
    return int(contents_of(folder).head["devices"]) if isinstance(wanted, str) else wanted
