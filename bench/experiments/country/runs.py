"""What a finished fleet run tells: `summary.json` of its folder."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.whole_files import read_bounded

SUMMARY: Final = "summary.json"
_MAX_OCTETS: Final = 1 << 28

Count = Annotated[int, Field(ge=0)]


class _Lenient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Wave(_Lenient):
    step: str
    started: datetime
    finished: datetime
    devices: Count
    failed: Count
    unreachable: Count


class FleetCpu(_Lenient):
    """CPU time of a fleet run; 0 for what an earlier version did not say.

    Attributes:
        cpu_seconds: of all shards.
        processes: that ran them.
        starting_seconds: of all processes, before their first shards.
        orders: messages to devices, and what fell due in them.
        orders_seconds: the part of `cpu_seconds` in which devices followed them.
    """

    cpu_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    processes: Count = 0
    starting_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    orders: Count = 0
    orders_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0


class _Summary(_Lenient):
    devices: Annotated[int, Field(gt=0)]
    waves: tuple[_Wave, ...]
    attempts: Mapping[str, Mapping[Count, Count]]
    settled: Mapping[str, tuple[tuple[int, Count], ...]]
    cost: FleetCpu


class FinishedFleet(NamedTuple):
    """What a plan is compared with: the update of a fleet that went to most devices.

    Attributes:
        waves: devices of each.
        began: seconds since the first wave began, of each.
        attempts: devices by how often they were asked; those that were not asked are left out.
        settled: seconds since the update began, and how many devices answered then.
        seconds: from its beginning to its end, on the story's clock.
        cpu: what it took.
    """

    name: str
    devices: int
    waves: tuple[int, ...]
    began: tuple[float, ...]
    failed: int
    unreachable: int
    attempts: Mapping[int, int]
    settled: tuple[tuple[float, int], ...]
    seconds: float
    cpu: FleetCpu

    @property
    def asked(self) -> int:
        """Devices that it was for."""
        return sum(self.waves)

    @property
    def commands(self) -> int:
        """Sent in all."""
        return sum(number * count for number, count in self.attempts.items())

    @property
    def answered(self) -> int:
        """Devices that answered."""
        return sum(count for _, count in self.settled)

    def answered_after(self, share: float) -> float:
        """Seconds until this share of those that answered had done so."""
        total = 0
        for seconds, count in self.settled:
            total += count
            if total >= share * self.answered:
                return seconds
        return self.seconds


def read_run(folder: Path) -> FinishedFleet:
    """A finished run.

    Raises:
        UsageError: the folder is none of a finished fleet run, or its story has no waves.
    """
    path = folder / SUMMARY if folder.is_dir() else folder
    octets = read_bounded(path, _MAX_OCTETS, "summary of a fleet run")
    try:
        summary = _Summary.model_validate_json(octets)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise UsageError(
            f"{path} is no summary of a fleet run: {where}: {first['msg']}",
            "name the folder of a finished fleet run",
        ) from None
    return _run_of(summary, folder.name, path)


def cpu_of(folder: Path) -> tuple[float, str]:
    """Microseconds of CPU time a device took in a run, and the run's name."""
    run = read_run(folder)
    return run.cpu.cpu_seconds / run.devices * 1e6, f"the run {run.name} of {run.devices:,} devices"


def _run_of(summary: _Summary, name: str, path: Path) -> FinishedFleet:
    devices: dict[str, int] = {}
    for wave in summary.waves:
        devices[wave.step] = devices.get(wave.step, 0) + wave.devices
    if not devices:
        raise UsageError(f"{path} tells of no wave", "play a story that sends its update in waves")
    step = max(devices, key=devices.__getitem__)
    waves = [wave for wave in summary.waves if wave.step == step]
    began = waves[0].started.timestamp()
    return FinishedFleet(
        name,
        summary.devices,
        tuple(wave.devices for wave in waves),
        tuple(wave.started.timestamp() - began for wave in waves),
        sum(wave.failed for wave in waves),
        sum(wave.unreachable for wave in waves),
        {asked: devices for asked, devices in summary.attempts.get(step, {}).items() if asked},
        tuple((time - began, count) for time, count in sorted(summary.settled.get(step, ()))),
        waves[-1].finished.timestamp() - began,
        summary.cost,
    )
