"""How far devices trust their clocks during a step: without trust no period of validity counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from firmware_sim.bench.drills.presence import devices_elsewhere
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_terms import ClockTrust
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.errors import BenchError
from firmware_sim.machine.ports import ClockReliability

_RELIABILITIES: Final[dict[ClockTrust, ClockReliability]] = {
    "reliable": ClockReliability.RELIABLE,
    "unreliable": ClockReliability.UNRELIABLE,
    "invalid": ClockReliability.INVALID,
}


def changes_trust(story: Story) -> bool:
    """Whether devices distrust their clocks in some step."""
    return any(isinstance(step, UpdateStep) and step.clock != "reliable" for step in story.steps)


def check_clocks(story: Story, state: DrillState) -> None:
    """Refuse to begin where a clock that the story is about cannot be set.

    Raises:
        BenchError: devices that take part are served by another program.
    """
    others = devices_elsewhere(state) if changes_trust(story) else []
    if others:
        text = f"the story {story.name} sets the clocks of devices, and {others[0].entity_id} has "
        raise BenchError(text + "one that is not ours", "use --target memory, native or board:NAME")


@contextmanager
def clocks_trusted(clock: StillClock, trust: ClockTrust) -> Iterator[None]:
    """Within, devices trust their clocks as far as that; the time is the right one."""
    before = clock.now().reliability
    clock.put(clock.now()._replace(reliability=_RELIABILITIES[trust]))
    try:
        yield
    finally:
        clock.put(clock.now()._replace(reliability=before))
