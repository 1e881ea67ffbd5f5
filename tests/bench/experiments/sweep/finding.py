"""What a sweep of a few operations on the tiny part finds, by the names of its checks."""

from collections.abc import Iterable

from firmware_sim.bench.experiments.sweep.device_cuts import DeviceCuts
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.bench.experiments.sweep.plans import WIDE, Density
from firmware_sim.bench.experiments.sweep.recording import record
from firmware_sim.bench.experiments.sweep.result import SceneResult
from firmware_sim.bench.experiments.sweep.rot import sweep_rot
from firmware_sim.bench.experiments.sweep.scene import Part, Room, rooms, set_scene
from firmware_sim.bench.experiments.sweep.sweeping import SceneSweep, Second

TINY = Part.native("tiny")

UPDATE = "gsme/update/supplierBySupplier"
NEW_KEY = "gsme/own/install-DS"


def results(name: str, *, density: Density = WIDE, rot: bool = False) -> list[SceneResult]:
    recorded = record(operations()[name])
    found = [
        DeviceCuts(recorded).run(),
        *(
            SceneSweep(set_scene(recorded, TINY, room), density, Second.SAMPLED).run()
            for room in rooms(recorded)
        ),
    ]
    if rot:
        found.append(sweep_rot(set_scene(recorded, TINY, Room.ROOMY), 11))
    return found


def checks(scenes: Iterable[SceneResult]) -> set[str]:
    return {check for scene in scenes for check in scene.faults}
