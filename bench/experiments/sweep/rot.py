"""Bits that decay at rest: each is repaired or refused, and none is obeyed."""

from firmware_sim.bench.experiments.sweep.judging import Check, Fault
from firmware_sim.bench.experiments.sweep.result import Failure, SceneResult
from firmware_sim.bench.experiments.sweep.scene import Scene
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.layout import ALIGNMENT
from firmware_sim.machine.store import StoreError, recovery


def sweep_rot(scene: Scene, step: int = 1) -> SceneResult:
    """Flip each bit, or every `step`-th, of what the scene's flash holds before its deed.

    All of the superblocks, records and commit marks are flipped, and a little of what follows.
    """
    result = SceneResult(scene.recorded.operation.name, f"{scene.name}:rot")
    flash = scene.flash
    flash.restore(scene.start)
    end = 8 * (recovery.recover(flash)[0].tail + ALIGNMENT)
    for bit in range(0, end, step):
        result.flips += 1
        fault = flipped(scene, bit)
        if fault is not None:
            result.fail(Failure(f"{scene.recorded.operation.name}@{scene.part}:rot#{bit}", *fault))
    return result


def flipped(scene: Scene, bit: int) -> Fault | None:
    """What a device makes of one flipped bit; bits are counted from the lowest of octet 0."""
    scene.flash.restore(scene.start)
    octets = bytearray(scene.flash.image())
    octets[bit // 8] ^= 1 << bit % 8
    try:
        found = recovery.recover(NorFlash.load(bytes(octets), scene.flash.geometry))[1]
    except StoreError:
        return None
    if found == scene.live[0]:
        return None
    return Fault(Check.ROT, "the device starts from an altered state")
