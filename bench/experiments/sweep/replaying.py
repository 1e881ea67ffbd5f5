"""The cuts of a replay token, made again."""

from firmware_sim.bench.experiments.sweep.cutting import cut, watched_recovery
from firmware_sim.bench.experiments.sweep.judging import Check, Fault, Found, Judge
from firmware_sim.bench.experiments.sweep.scene import Scene
from firmware_sim.machine.flash.cut import CutPlan


def replay(scene: Scene, cuts: tuple[CutPlan, ...]) -> Found:
    """Make one cut, or two, and judge what comes back.

    Raises:
        IndexError: the scene, or its recovery, has no flash operation of that number.
    """
    first, *rest = cuts
    step, flash, judge = scene.steps[first.operation], scene.flash, Judge(scene)
    cut(flash, step.before, step.operation, first)
    after_first = flash.snapshot()
    found = judge.recovered(flash, step.transaction)
    if not rest or found.fault is not None:
        return found
    before, operation = watched_recovery(flash, after_first)[rest[0].operation]
    cut(flash, before, operation, rest[0])
    return judged_again(judge.recovered(flash, step.transaction), found)


def judged_again(again: Found, first: Found) -> Found:
    """What a cut recovery came to; a fault if it is not what the uncut one came to."""
    if again.fault is None and again.state != first.state:
        text = f"state {again.state}, and state {first.state} without the second cut"
        return Found(again.state, Fault(Check.RECOVERY, text))
    return again
