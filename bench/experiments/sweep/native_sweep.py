"""One case swept on the native engine: the cuts of `CaseSweep`, by the thousand a call."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from time import process_time

from firmware_sim.bench.experiments.sweep.case import SweepCase
from firmware_sim.bench.experiments.sweep.case_sweep import bits_to_flip
from firmware_sim.bench.experiments.sweep.flash_sweep import FlashSweep, packed_cuts
from firmware_sim.bench.experiments.sweep.judging import AfterCut, Violation
from firmware_sim.bench.experiments.sweep.native_case import NativeCase
from firmware_sim.bench.experiments.sweep.native_judging import NativeJudge
from firmware_sim.bench.experiments.sweep.native_replaying import shrunk_natively
from firmware_sim.bench.experiments.sweep.plans import Density, plans
from firmware_sim.bench.experiments.sweep.replaying import SweepToken, judged_again
from firmware_sim.bench.experiments.sweep.result import CaseResult, Failure, SweepEngine
from firmware_sim.bench.experiments.sweep.second_cuts import Second, SecondCuts, density_of_second
from firmware_sim.hw.engine.sweep import SEEN, PackedCuts, SweepLevel
from firmware_sim.machine.flash.cut import CutPlan
from firmware_sim.machine.flash.trace import FlashOperation

_AT_ONCE = 4096


class CutBatch:
    """Some cuts of one step, as plans and as the engine takes them."""

    def __init__(self, operation: FlashOperation, made: Sequence[CutPlan]) -> None:
        self.plans = made
        self.packed = packed_cuts(operation, made)


class NativeSweep:
    """The sweep of one case; `result` grows while it runs."""

    def __init__(
        self, case: SweepCase, sweep: FlashSweep, density: Density, second: Second
    ) -> None:
        self._native = NativeCase(case, sweep)
        self._case = case
        self._sweep = sweep
        self._density = density
        self._second = second
        self._judge = NativeJudge(self._native)
        self._second_cuts = SecondCuts(second)
        self._batches: dict[tuple[int, FlashOperation], list[CutBatch]] = {}
        self.result = CaseResult(case.recorded.operation.name, case.name)

    def run(self) -> CaseResult:
        """All cuts."""
        started = process_time()
        self.result.flash_operations = len(self._native.steps)
        difference = self._native.difference()
        if difference is not None:
            self._fail((), difference)
        for number, operation in enumerate(self._native.steps):
            for batch in self._made(operation, number, self._density):
                self._first(number, batch)
        self._shrink()
        self.result.seconds = process_time() - started
        return self.result

    def _made(self, operation: FlashOperation, number: int, density: Density) -> Iterator[CutBatch]:
        unit = self._sweep.geometry.write_unit
        rest = plans(operation, number, unit, density)
        while some := list(islice(rest, _AT_ONCE)):
            yield CutBatch(operation, some)

    def _first(self, step: int, batch: CutBatch) -> None:
        transaction = self._native.transactions[step]
        outcomes = self._sweep.cut(SweepLevel.WORK, step, batch.packed, only_new=True)
        self.result.cuts += len(outcomes.numbers)
        for place, (outcome, course) in enumerate(zip(*outcomes, strict=True)):
            if outcome == SEEN:
                continue
            self.result.states += 1
            packed = batch.packed.at(place)
            again = partial(self._sweep.cut_again, SweepLevel.WORK, step, packed)
            found = self._judge.outcome(outcome, transaction, again)
            self.result.before += found.state == transaction
            self.result.after += found.state == transaction + 1
            if found.violation is not None:
                self._fail((batch.plans[place],), found.violation)
            elif self._is_cut_again(batch.plans[place], course):
                self._cut_recovery(batch.plans[place], packed, found)

    def _is_cut_again(self, first: CutPlan, course: int) -> bool:
        """As of `CaseSweep`."""
        if not course or not self._second_cuts.has_turn(self.result.states):
            return False
        return self._second_cuts.is_new(first, course)

    def _cut_recovery(self, first: CutPlan, packed: PackedCuts, found: AfterCut) -> None:
        for number, operation in enumerate(self._sweep.recovery_after(first.operation, packed)):
            for batch in self._second_batches(operation, number):
                self._cut_again(first, number, batch, found)

    def _second_batches(self, operation: FlashOperation, number: int) -> Iterable[CutBatch]:
        """Kept, because many recoveries have the same steps."""
        key = number, operation
        if key not in self._batches:
            made = self._made(operation, number, density_of_second(self._second))
            self._batches[key] = list(made)
        return self._batches[key]

    def _cut_again(self, first: CutPlan, step: int, batch: CutBatch, found: AfterCut) -> None:
        outcomes = self._sweep.cut(SweepLevel.RECOVERY, step, batch.packed).numbers
        self.result.second_cuts += len(outcomes)
        for outcome in set(outcomes):
            packed = batch.packed.at(outcomes.index(outcome))
            again = self._judge.outcome(
                outcome,
                self._native.transactions[first.operation],
                partial(self._sweep.cut_again, SweepLevel.RECOVERY, step, packed),
            )
            violation = judged_again(again, found).violation
            if violation is not None:
                for place, each in enumerate(outcomes):
                    if each == outcome:
                        self._fail((first, batch.plans[place]), violation)

    def _fail(self, cuts: tuple[CutPlan, ...], violation: Violation) -> None:
        token = str(SweepToken.of(self._case, cuts)) if cuts else self._case.name
        self.result.fail(Failure(token, *violation, SweepEngine.NATIVE))

    def _shrink(self) -> None:
        """The first failure of each check becomes as simple a cut as still shows it."""
        done: set[str] = set()
        for place, failure in enumerate(self.result.failures):
            if failure.check not in done and "#" in failure.token:
                done.add(failure.check)
                cuts = SweepToken.parse(failure.token).cuts
                simplest = shrunk_natively(self._case, self._sweep, cuts, failure.check)
                self.result.failures[place] = failure._replace(
                    token=str(SweepToken.of(self._case, simplest))
                )


def sweep_rot_natively(case: SweepCase, sweep: FlashSweep, step: int = 1) -> CaseResult:
    """As `sweep_rot`."""
    result = CaseResult(case.recorded.operation.name, f"{case.name}:rot")
    native = NativeCase(case, sweep)
    judge = NativeJudge(native)
    bits = bits_to_flip(case, step)
    outcomes = sweep.flip(bits)
    result.flips = len(outcomes)
    for bit, outcome in zip(bits, outcomes, strict=True):
        violation = judge.flipped(outcome, partial(sweep.flip_again, bit))
        if violation is not None:
            token = f"{case.recorded.operation.name}@{case.part}:rot#{bit}"
            result.fail(Failure(token, *violation, SweepEngine.NATIVE))
    return result
