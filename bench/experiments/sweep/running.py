"""A whole sweep: every operation on every part, spread over processes."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from firmware_sim.bench.experiments.sweep.device_cuts import DeviceCuts
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.bench.experiments.sweep.plans import CLOSE, EXHAUSTIVE, WIDE, Density
from firmware_sim.bench.experiments.sweep.recording import Recorded, record
from firmware_sim.bench.experiments.sweep.result import SceneResult, SweepResult
from firmware_sim.bench.experiments.sweep.rot import sweep_rot
from firmware_sim.bench.experiments.sweep.scene import DoesNotFit, Part, Room, rooms, set_scene
from firmware_sim.bench.experiments.sweep.sweeping import SceneSweep, Second
from firmware_sim.bench.progress import Progress
from firmware_sim.machine.flash.geometry import ERASED_VALUES, WRITE_UNITS

CLOSEST = "tiny"
"""The part that is swept closely by default: its compactions are frequent and short."""

_ROT_STEP = 3


class Effort(StrEnum):
    """How much a sweep does."""

    QUICK = "quick"
    """Every operation on the tiny part, without second cuts: a few seconds."""
    DEFAULT = "default"
    """Every operation on every part at its native unit and erased value."""
    FULL = "full"
    """Every unit and erased value too, each bit, and a second cut in every course of recovery."""


class Order(NamedTuple):
    """What to sweep."""

    operations: tuple[str, ...]
    parts: tuple[Part, ...]
    effort: Effort


def parts_of(names: Sequence[str], effort: Effort) -> tuple[Part, ...]:
    """The parts with these names, in every unit and erased value if the effort is full."""
    if effort is not Effort.FULL:
        return tuple(map(Part.native, names))
    return tuple(Part(*each) for each in product(names, WRITE_UNITS, ERASED_VALUES))


def run_sweep(order: Order, workers: int, progress: Progress) -> SweepResult:
    """Sweep in so many processes."""
    progress.start(len(order.operations), "operations")
    scenes: list[SceneResult] = []
    cuts = 0
    with ProcessPoolExecutor(workers) as pool:
        waiting = [
            pool.submit(sweep_operation, name, order.parts, order.effort)
            for name in order.operations
        ]
        try:
            for future in as_completed(waiting):
                done = future.result()
                scenes += done
                cuts += sum(scene.cuts + scene.second_cuts for scene in done)
                progress.advance(text=f"{cuts:,} cuts, {done[0].operation}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return SweepResult(sorted(scenes, key=lambda scene: scene.scene))


def sweep_operation(name: str, parts: Sequence[Part], effort: Effort) -> list[SceneResult]:
    """All scenes of one operation, its cuts under a whole device, and decay."""
    recorded = record(operations()[name])
    results = [
        DeviceCuts(recorded).run(),
        *(_sweep_scene(recorded, part, room, effort) for part in parts for room in rooms(recorded)),
    ]
    if name.endswith("/boot"):
        scene = set_scene(recorded, Part.native(CLOSEST), Room.ROOMY)
        results.append(sweep_rot(scene, 1 if effort is Effort.FULL else _ROT_STEP))
    return results


def _sweep_scene(recorded: Recorded, part: Part, room: Room, effort: Effort) -> SceneResult:
    density, second = _density(part, effort)
    try:
        scene = set_scene(recorded, part, room)
    except DoesNotFit as error:
        name = recorded.operation.name
        return SceneResult(name, f"{name}@{part}:{room}", skipped=f"does not fit: {error}")
    return SceneSweep(scene, density, second).run()


def _density(part: Part, effort: Effort) -> tuple[Density, Second]:
    is_closest = part == Part.native(CLOSEST)
    match effort:
        case Effort.QUICK:
            return WIDE, Second.NONE
        case Effort.DEFAULT:
            return (CLOSE if is_closest else WIDE), Second.SAMPLED
    return (EXHAUSTIVE, Second.COURSES) if is_closest else (WIDE, Second.SAMPLED)
