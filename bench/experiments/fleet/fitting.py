"""Whether a fleet fits on this machine, before it begins: memory, disk and, roughly, time."""

import shutil
from os import sysconf
from pathlib import Path
from typing import Final, NamedTuple

from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.fleet.census import Size

_PLANNING_OCTETS: Final = 520
"""A device, while the estate is drawn; of `bench fleet` with 10,000 and 1,000,000 devices."""
_WORKER_OCTETS: Final = 120_000_000
_RECORD_OCTETS: Final = 60
_COURSE_OCTETS: Final = 30_000_000
_NATIVE_SECONDS: Final = 0.00025
_PYTHON_SECONDS: Final = 0.0025
"""Of one message to a device, and its making, on one core."""


class FleetNeeds(NamedTuple):
    """An estimate, good to about a factor of two.

    Attributes:
        memory, disk: octets.
        seconds: of the shards.
    """

    memory: int
    disk: int
    seconds: float

    @classmethod
    def of(cls, story: Story, size: Size, workers: int, *, is_native: bool) -> "FleetNeeds":
        """What a fleet takes."""
        messages = 1 + sum(isinstance(step, SendingStep) for step in story.steps)
        each = _NATIVE_SECONDS if is_native else _PYTHON_SECONDS
        return cls(
            size.devices * _PLANNING_OCTETS + workers * _WORKER_OCTETS,
            size.devices * _RECORD_OCTETS + _COURSE_OCTETS,
            size.devices * messages * each / workers,
        )

    def __str__(self) -> str:
        minutes = max(1, round(self.seconds / 60))
        return (
            f"about {minutes:,} min, {self.memory / 1e9:,.1f} GB of memory and "
            f"{self.disk / 1e9:,.2f} GB of disk"
        )


def check_fit(needs: FleetNeeds, folder: Path) -> None:
    """Refuse what this machine cannot hold.

    Raises:
        BenchError: it lacks memory, or the disk of the folder room.
    """
    memory = sysconf("SC_PHYS_PAGES") * sysconf("SC_PAGE_SIZE")
    if needs.memory > memory:
        text = f"it takes {needs}, and this machine has {memory / 1e9:,.1f} GB of memory"
        raise BenchError(text, "give fewer --devices or --workers")
    there = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
    free = shutil.disk_usage(there).free
    if needs.disk > free:
        text = f"it takes {needs}, and {there} has {free / 1e9:,.2f} GB left"
        raise BenchError(text, "give another --out")
