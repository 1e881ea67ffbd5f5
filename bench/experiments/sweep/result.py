"""What a sweep has done and found: counts, not adjectives."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from firmware_sim.bench.experiments.sweep.judging import SweepCheck

_MOST_FAILURES = 5


class SweepEngine(StrEnum):
    """Whose store is cut."""

    NATIVE = "native"
    """The board's own firmware, in this computer."""
    PYTHON = "python"
    """The reference."""
    BOTH = "both"
    """One beside the other: they must make the same cuts and count the same states."""


class Failure(NamedTuple):
    """One cut after which something was wrong, and the token that makes it again, on its engine."""

    token: str
    check: str
    text: str
    engine: SweepEngine = SweepEngine.PYTHON


@dataclass
class CaseResult:
    """Counts of one operation on one part.

    Attributes:
        case: as in a replay token.
        flash_operations: programs and erases of the operation.
        cuts: first cuts; `states` of them left different flashes.
        before, after: which state those flashes came back to.
        second_cuts: cuts of a recovery, after a first cut.
        device_cuts: cuts under a whole device, with its cryptography.
        word_cuts: the same at every word that the firmware programs; on the native engine only.
        faults: of each check, how often it found something.
        skipped: why nothing was cut; empty if something was.
    """

    operation: str
    case: str
    flash_operations: int = 0
    cuts: int = 0
    states: int = 0
    before: int = 0
    after: int = 0
    second_cuts: int = 0
    device_cuts: int = 0
    word_cuts: int = 0
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
    """All cases of a run; `seconds` is CPU time over all processes."""

    cases: list[CaseResult]

    @property
    def counts(self) -> dict[str, int]:
        """The sums, by the names that ``--json`` gives them."""
        ran = [case for case in self.cases if not case.skipped]
        return {
            "operations": len({case.operation for case in ran}),
            "scenes": len(ran),
            "skipped": len(self.cases) - len(ran),
            "flash_operations": _sum(case.flash_operations for case in ran),
            "cuts": _sum(case.cuts for case in ran),
            "states": _sum(case.states for case in ran),
            "second_cuts": _sum(case.second_cuts for case in ran),
            "device_cuts": _sum(case.device_cuts for case in ran),
            "word_cuts": _sum(case.word_cuts for case in ran),
            "flips": _sum(case.flips for case in ran),
            "mixtures": _sum(case.faults.get(SweepCheck.OUTCOME, 0) for case in ran),
            "faults": _sum(_sum(case.faults.values()) for case in ran),
        }

    @property
    def failures(self) -> list[Failure]:
        """What is kept of all failures."""
        return [failure for case in self.cases for failure in case.failures]

    @property
    def seconds(self) -> float:
        """CPU seconds."""
        return sum(case.seconds for case in self.cases)


def _sum(numbers: Iterable[int]) -> int:
    return sum(numbers)
