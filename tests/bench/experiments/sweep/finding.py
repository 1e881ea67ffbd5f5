"""What a sweep of a few operations on the tiny part finds, by the names of its checks."""

from collections.abc import Iterable

from firmware_sim.bench.experiments.sweep.case import FlashPart, Room, prepare_case, rooms
from firmware_sim.bench.experiments.sweep.case_sweep import CaseSweep, sweep_rot
from firmware_sim.bench.experiments.sweep.device_cuts import DeviceCuts
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.bench.experiments.sweep.plans import WIDE, Density
from firmware_sim.bench.experiments.sweep.recording import record
from firmware_sim.bench.experiments.sweep.result import CaseResult
from firmware_sim.bench.experiments.sweep.second_cuts import Second

TINY = FlashPart.native("tiny")

UPDATE = "gsme/update/supplierBySupplier"
NEW_KEY = "gsme/own/install-DS"


def results(name: str, *, density: Density = WIDE, rot: bool = False) -> list[CaseResult]:
    recorded = record(operations()[name])
    found = [
        DeviceCuts(recorded).run(),
        *(
            CaseSweep(prepare_case(recorded, TINY, room), density, Second.SAMPLED).run()
            for room in rooms(recorded)
        ),
    ]
    if rot:
        found.append(sweep_rot(prepare_case(recorded, TINY, Room.ROOMY), 11))
    return found


def checks(cases: Iterable[CaseResult]) -> set[str]:
    return {check for case in cases for check in case.faults}
