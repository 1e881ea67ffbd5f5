"""Replay tokens on the native engine: a cut made again, and made simpler."""

from firmware_sim.bench.experiments.campaign.shrinking import simplest
from firmware_sim.bench.experiments.sweep.case import SweepCase
from firmware_sim.bench.experiments.sweep.flash_sweep import FlashSweep, packed_cuts
from firmware_sim.bench.experiments.sweep.judging import AfterCut, Violation
from firmware_sim.bench.experiments.sweep.native_case import NativeCase
from firmware_sim.bench.experiments.sweep.native_judging import NativeJudge
from firmware_sim.bench.experiments.sweep.replaying import MOST_STEPS, judged_again, simpler_cuts
from firmware_sim.hw.engine.sweep import SweepLevel
from firmware_sim.machine.flash.cut import CutPlan


class NativeReplay:
    """A case on which single cuts are made again."""

    def __init__(self, case: SweepCase, sweep: FlashSweep) -> None:
        self._case = case
        self._sweep = sweep

    def cuts(self, cuts: tuple[CutPlan, ...]) -> AfterCut:
        """Make one cut, or two, and judge what comes back.

        Raises:
            IndexError: the case, or its recovery, has no flash operation of that number.
            ValueError: the operation has no such cut.
        """
        native = NativeCase(self._case, self._sweep)
        judge, (first, *rest) = NativeJudge(native), cuts
        transaction = native.transactions[first.operation]
        packed = packed_cuts(native.steps[first.operation], [first])
        [outcome] = self._sweep.cut(SweepLevel.WORK, first.operation, packed).numbers
        found = judge.outcome(
            outcome,
            transaction,
            lambda: self._sweep.cut_again(SweepLevel.WORK, first.operation, packed),
        )
        if not rest or found.violation is not None:
            return found
        place = rest[0].operation
        again = packed_cuts(self._sweep.recovery_after(first.operation, packed)[place], rest)
        [outcome] = self._sweep.cut(SweepLevel.RECOVERY, place, again).numbers
        second = judge.outcome(
            outcome,
            transaction,
            lambda: self._sweep.cut_again(SweepLevel.RECOVERY, place, again),
        )
        return judged_again(second, found)

    def flip(self, bit: int) -> Violation | None:
        """Flip one bit again, and judge.

        Raises:
            ValueError: the flash has no such bit.
        """
        judge = NativeJudge(NativeCase(self._case, self._sweep))
        [outcome] = self._sweep.flip(range(bit, bit + 1))
        return judge.flipped(outcome, lambda: self._sweep.flip_again(bit))


def shrunk_natively(
    case: SweepCase, sweep: FlashSweep, cuts: tuple[CutPlan, ...], check: str
) -> tuple[CutPlan, ...]:
    """As `shrunk`."""
    replay = NativeReplay(case, sweep)

    def fails(simpler: tuple[CutPlan, ...]) -> bool:
        try:
            violation = replay.cuts(simpler).violation
        except (IndexError, ValueError):  # no such operation, or no such cut of it
            return False
        return violation is not None and violation.check == check

    return simplest(cuts, simpler_cuts, fails, most_steps=MOST_STEPS)
