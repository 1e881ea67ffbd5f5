"""Sending captured messages again: each Originator Counter is good for one execution."""

from firmware_sim.bench.drills.evidence import Evidence
from firmware_sim.bench.drills.sending import offend_all
from firmware_sim.bench.drills.state import Scene
from firmware_sim.bench.drills.story import Replay


async def play_replay(scene: Scene, step: Replay, evidence: Evidence) -> None:
    """Every message that was kept under the step's name, octet by octet."""
    captured = list(scene.kept.get(step.kept, {}).values())
    await offend_all(scene, captured, step.expect, evidence, step.title)
