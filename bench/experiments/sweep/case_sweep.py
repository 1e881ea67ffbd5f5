"""One case swept: every cut of every flash operation, cuts of the recoveries that follow, decay."""

from collections.abc import Iterator
from time import process_time

from firmware_sim.bench.experiments.sweep.case import SweepCase, cut, fingerprint, watched_recovery
from firmware_sim.bench.experiments.sweep.judging import AfterCut, Judge, SweepCheck, Violation
from firmware_sim.bench.experiments.sweep.plans import (
    Density,
    plans,
)
from firmware_sim.bench.experiments.sweep.replaying import SweepToken, judged_again, shrunk
from firmware_sim.bench.experiments.sweep.result import CaseResult, Failure
from firmware_sim.bench.experiments.sweep.second_cuts import Second, SecondCuts, density_of_second
from firmware_sim.machine.flash.cut import CutPlan
from firmware_sim.machine.flash.nor import FlashSnapshot, NorFlash
from firmware_sim.machine.flash.trace import FlashOperation
from firmware_sim.machine.image.layout import ALIGNMENT
from firmware_sim.machine.store import StoreError, recovery


class CaseSweep:
    """The sweep of one case; `result` grows while it runs."""

    def __init__(self, case: SweepCase, density: Density, second: Second) -> None:
        self._case = case
        self._density = density
        self._second = second
        self._judge = Judge(case)
        self._seen: set[int] = set()
        self._second_cuts = SecondCuts(second)
        self.result = CaseResult(case.recorded.operation.name, case.name)

    def run(self) -> CaseResult:
        """All cuts."""
        started = process_time()
        self.result.flash_operations = len(self._case.steps)
        for number, step in enumerate(self._case.steps):
            for plan in self._plans(step.operation, number):
                self._first(plan)
        self.result.states = len(self._seen)
        self._shrink()
        self.result.seconds = process_time() - started
        return self.result

    def _plans(self, operation: FlashOperation, number: int) -> Iterator[CutPlan]:
        unit = self._case.flash.geometry.write_unit
        return plans(operation, number, unit, self._density)

    def _first(self, plan: CutPlan) -> None:
        step, flash = self._case.steps[plan.operation], self._case.flash
        cut(flash, step.before, step.operation, plan)
        self.result.cuts += 1
        left = flash.snapshot()
        mark = fingerprint(left)
        if mark in self._seen:
            return
        self._seen.add(mark)
        found = self._judge.recovered(flash, step.transaction)
        self._count(found, step.transaction)
        if found.violation is not None:
            self._fail((plan,), found.violation)
        elif self._second_cuts.has_turn(len(self._seen)):
            self._cut_recovery(plan, left, found)

    def _count(self, found: AfterCut, transaction: int) -> None:
        self.result.before += found.state == transaction
        self.result.after += found.state == transaction + 1

    def _cut_recovery(self, first: CutPlan, start: FlashSnapshot, found: AfterCut) -> None:
        course = watched_recovery(self._case.flash, start)
        mark = tuple((step.kind, step.address, hash(step.after)) for _, step in course)
        if not course or not self._second_cuts.is_new(first, mark):
            return
        flash = self._case.flash
        transaction = self._case.steps[first.operation].transaction
        density = density_of_second(self._second)
        for number, (before, operation) in enumerate(course):
            for plan in plans(operation, number, flash.geometry.write_unit, density):
                cut(flash, before, operation, plan)
                self.result.second_cuts += 1
                again = judged_again(self._judge.recovered(flash, transaction), found)
                if again.violation is not None:
                    self._fail((first, plan), again.violation)

    def _fail(self, cuts: tuple[CutPlan, ...], violation: Violation) -> None:
        self.result.fail(
            Failure(str(SweepToken.of(self._case, cuts)), violation.check, violation.text)
        )

    def _shrink(self) -> None:
        """The first failure of each check becomes as simple a cut as still shows it."""
        done: set[str] = set()
        for place, failure in enumerate(self.result.failures):
            if failure.check not in done:
                done.add(failure.check)
                cuts = SweepToken.parse(failure.token).cuts
                simplest = shrunk(self._case, cuts, failure.check)
                self.result.failures[place] = failure._replace(
                    token=str(SweepToken.of(self._case, simplest))
                )


def bits_to_flip(case: SweepCase, step: int) -> range:
    """Those of the superblocks, records and commit marks, and a little of what follows."""
    case.flash.restore(case.start)
    return range(0, 8 * (recovery.recover(case.flash)[0].tail + ALIGNMENT), step)


def sweep_rot(case: SweepCase, step: int = 1) -> CaseResult:
    """Flip each bit, or every `step`-th, of what the case's flash holds before its trigger."""
    result = CaseResult(case.recorded.operation.name, f"{case.name}:rot")
    for bit in bits_to_flip(case, step):
        result.flips += 1
        violation = flipped(case, bit)
        if violation is not None:
            result.fail(
                Failure(f"{case.recorded.operation.name}@{case.part}:rot#{bit}", *violation)
            )
    return result


def flipped(case: SweepCase, bit: int) -> Violation | None:
    """What a device makes of one flipped bit; bits are counted from the lowest of octet 0."""
    case.flash.restore(case.start)
    octets = bytearray(case.flash.image())
    octets[bit // 8] ^= 1 << bit % 8
    try:
        found = recovery.recover(NorFlash.load(bytes(octets), case.flash.geometry))[1]
    except StoreError:
        return None
    if found == case.live[0]:
        return None
    return Violation(SweepCheck.ROT, "the device starts from an altered state")
