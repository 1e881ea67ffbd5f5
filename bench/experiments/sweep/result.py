"""What a sweep has done and found: counts, not adjectives."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from firmware_sim.bench.experiments.sweep.judging import Check

_MOST_FAILURES = 5


class Failure(NamedTuple):
    """One cut after which something was wrong, and the token that makes it again."""

    token: str
    check: str
    text: str


@dataclass
class SceneResult:
    """Counts of one operation on one part.

    Attributes:
        scene: as in a replay token.
        flash_operations: programs and erases of the operation.
        cuts: first cuts; `states` of them left different flashes.
        before, after: which state those flashes came back to.
        second_cuts: cuts of a recovery, after a first cut.
        device_cuts: cuts under a whole device, with its cryptography.
        faults: of each check, how often it found something.
        skipped: why nothing was cut; empty if something was.
    """

    operation: str
    scene: str
    flash_operations: int = 0
    cuts: int = 0
    states: int = 0
    before: int = 0
    after: int = 0
    second_cuts: int = 0
    device_cuts: int = 0
    flips: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    skipped: str = ""
    seconds: float = 0.0

    def fail(self, failure: Failure) -> None:
        """Count a failure, and keep it if there are few of its kind."""
        seen = self.faults[failure.check] = self.faults.get(failure.check, 0) + 1
        if seen <= _MOST_FAILURES:
            self.failures.append(failure)


@dataclass
class SweepResult:
    """All scenes of a run; `seconds` is CPU time over all processes."""

    scenes: list[SceneResult]

    @property
    def counts(self) -> dict[str, int]:
        """The sums, by the names that ``--json`` gives them."""
        ran = [scene for scene in self.scenes if not scene.skipped]
        return {
            "operations": len({scene.operation for scene in ran}),
            "scenes": len(ran),
            "skipped": len(self.scenes) - len(ran),
            "flash_operations": _sum(scene.flash_operations for scene in ran),
            "cuts": _sum(scene.cuts for scene in ran),
            "states": _sum(scene.states for scene in ran),
            "second_cuts": _sum(scene.second_cuts for scene in ran),
            "device_cuts": _sum(scene.device_cuts for scene in ran),
            "flips": _sum(scene.flips for scene in ran),
            "mixtures": _sum(scene.faults.get(Check.OUTCOME, 0) for scene in ran),
            "faults": _sum(_sum(scene.faults.values()) for scene in ran),
        }

    @property
    def failures(self) -> list[Failure]:
        """What is kept of all failures."""
        return [failure for scene in self.scenes for failure in scene.failures]

    @property
    def seconds(self) -> float:
        """CPU seconds."""
        return sum(scene.seconds for scene in self.scenes)


def _sum(numbers: Iterable[int]) -> int:
    return sum(numbers)
