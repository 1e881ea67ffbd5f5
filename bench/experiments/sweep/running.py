"""A whole sweep: a campaign in which each operation, on every part, is a trial."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter

from firmware_sim.bench.experiments.campaign.result_log import ResultLog
from firmware_sim.bench.experiments.campaign.running import run_trials
from firmware_sim.bench.experiments.sweep.case import (
    DoesNotFit,
    FlashPart,
    Room,
    prepare_case,
    rooms,
)
from firmware_sim.bench.experiments.sweep.case_sweep import CaseSweep, Second, sweep_rot
from firmware_sim.bench.experiments.sweep.device_cuts import DeviceCuts
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.bench.experiments.sweep.plans import CLOSE, EXHAUSTIVE, WIDE, Density
from firmware_sim.bench.experiments.sweep.recording import Recorded, record
from firmware_sim.bench.experiments.sweep.result import CaseResult, SweepResult
from firmware_sim.bench.progress import Progress
from firmware_sim.machine.flash.geometry import ERASED_VALUES, WRITE_UNITS

CLOSEST = "tiny"
"""The part that is swept closely by default: its compactions are frequent and short."""

_ROT_STEP = 3


class SweepEffort(StrEnum):
    """How much a sweep does."""

    QUICK = "quick"
    """Every operation on the tiny part, without second cuts: a few seconds."""
    DEFAULT = "default"
    """Every operation on every part at its native unit and erased value."""
    FULL = "full"
    """Every unit and erased value too, each bit, and a second cut in every course of recovery."""


class SweepScope(NamedTuple):
    """What to sweep."""

    operations: tuple[str, ...]
    parts: tuple[FlashPart, ...]
    effort: SweepEffort


def parts_of(names: Sequence[str], effort: SweepEffort) -> tuple[FlashPart, ...]:
    """The parts with these names, in every unit and erased value if the effort is full."""
    if effort is not SweepEffort.FULL:
        return tuple(map(FlashPart.native, names))
    return tuple(FlashPart(*each) for each in product(names, WRITE_UNITS, ERASED_VALUES))


def run_sweep(
    scope: SweepScope,
    workers: int,
    progress: Progress,
    log: ResultLog[list[CaseResult]] | None = None,
) -> SweepResult:
    """Sweep in so many processes.

    Args:
        log: keeps the results of operations, and those it has are not swept again.
    """
    cases: list[CaseResult] = []
    cuts = 0

    def done(name: str, results: list[CaseResult]) -> str:
        nonlocal cuts
        cases.extend(results)
        cuts += sum(case.cuts + case.second_cuts for case in results)
        return f"{cuts:,} cuts, {name}"

    run_trials(
        sweep_operation,
        {name: (name, scope.parts, scope.effort) for name in scope.operations},
        done,
        workers=workers,
        progress=progress,
        title="operations",
        log=log,
    )
    return SweepResult(sorted(cases, key=lambda case: case.case))


def open_log(scope: SweepScope, path: Path) -> ResultLog[list[CaseResult]]:
    """The result log of such a sweep; operations may be others than before.

    Raises:
        UsageError: it is that of another sweep, or none.
    """
    parts = [str(part) for part in scope.parts]
    campaign = {"experiment": "sweep", "effort": scope.effort.value, "parts": parts}
    return ResultLog(path, campaign, TypeAdapter(list[CaseResult]))


def sweep_operation(name: str, parts: Sequence[FlashPart], effort: SweepEffort) -> list[CaseResult]:
    """One trial: all cases of an operation, its cuts under a whole device, and decay."""
    recorded = record(operations()[name])
    results = [
        DeviceCuts(recorded).run(),
        *(_sweep_case(recorded, part, room, effort) for part in parts for room in rooms(recorded)),
    ]
    if name.endswith("/boot"):
        case = prepare_case(recorded, FlashPart.native(CLOSEST), Room.ROOMY)
        results.append(sweep_rot(case, 1 if effort is SweepEffort.FULL else _ROT_STEP))
    return results


def _sweep_case(recorded: Recorded, part: FlashPart, room: Room, effort: SweepEffort) -> CaseResult:
    density, second = _density(part, effort)
    try:
        case = prepare_case(recorded, part, room)
    except DoesNotFit as error:
        name = recorded.operation.name
        return CaseResult(name, f"{name}@{part}:{room}", skipped=f"does not fit: {error}")
    return CaseSweep(case, density, second).run()


def _density(part: FlashPart, effort: SweepEffort) -> tuple[Density, Second]:
    is_closest = part == FlashPart.native(CLOSEST)
    match effort:
        case SweepEffort.QUICK:
            return WIDE, Second.NONE
        case SweepEffort.DEFAULT:
            return (CLOSE if is_closest else WIDE), Second.SAMPLED
    return (EXHAUSTIVE, Second.COURSES) if is_closest else (WIDE, Second.SAMPLED)
