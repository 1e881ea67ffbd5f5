"""``python -m tests.support.engine_images``: what the engine leaves in flash, as JSON.

For each named flash part and each trial of a twin run: SHA-256 of the image at its end, and of all
answers. With ENGINE_CHECKED in the environment the engine runs under the sanitizers.
"""

import json
import sys
from hashlib import sha256

from firmware_sim.bench.dut.blueprint import Blueprint
from firmware_sim.bench.dut.clock import reading_at
from firmware_sim.bench.experiments.twin.drawing import draw_trial
from firmware_sim.bench.experiments.twin.trial import StepKind, TwinTrial
from firmware_sim.hw.build.engine import Cryptography
from firmware_sim.machine.flash.geometry import NAMED, Geometry
from tests.support.host_device import HostDevice

SEED = 11
TRIALS = 4


def left_by(trial: TwinTrial, geometry: Geometry) -> tuple[str, str]:
    """SHA-256 of the image that a trial leaves, and of what the device answered."""
    device = HostDevice(geometry, Cryptography.LIBCRYPTO).under_test()
    device.begin(Blueprint(trial.device_type, trial.entity, trial.records))
    answers = sha256()
    for step in trial.steps:
        if step.kind is StepKind.POWER:
            device.reset()
        device.set_clock(reading_at(step.seconds, step.reliability))
        if step.kind is StepKind.POWER:
            continue
        tick = step.kind is StepKind.TICK
        effects = device.tick() if tick else device.receive(step.octets)
        for octets in effects.messages:
            answers.update(octets)
    return sha256(device.image()).hexdigest(), answers.hexdigest()


if __name__ == "__main__":
    trials = [draw_trial(SEED, number) for number in range(TRIALS)]
    found = {name: [left_by(each, NAMED[name]) for each in trials] for name in NAMED}
    json.dump(found, sys.stdout)
