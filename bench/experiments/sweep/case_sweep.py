"""One scene swept: every cut of every flash operation, then cuts of the recoveries that follow."""

from collections.abc import Iterator
from enum import StrEnum
from time import process_time

from firmware_sim.bench.experiments.sweep.cutting import cut, fingerprint, watched_recovery
from firmware_sim.bench.experiments.sweep.judging import Fault, Found, Judge
from firmware_sim.bench.experiments.sweep.plans import CLOSE, COARSE, Density, plans
from firmware_sim.bench.experiments.sweep.replaying import judged_again
from firmware_sim.bench.experiments.sweep.result import Failure, SceneResult
from firmware_sim.bench.experiments.sweep.scene import Scene
from firmware_sim.bench.experiments.sweep.shrinking import shrunk
from firmware_sim.bench.experiments.sweep.token import Token
from firmware_sim.machine.flash.cut import CutPlan
from firmware_sim.machine.flash.nor import FlashSnapshot
from firmware_sim.machine.flash.trace import Operation


class Second(StrEnum):
    """Which recoveries are cut again."""

    NONE = "none"
    SAMPLED = "sampled"
    """Of every sixteenth state, one of each course: the same flash operations throughout."""
    COURSES = "courses"
    """For each flash operation and flavour of the first cut, one of each course, closely."""


_SAMPLED_EVERY = 16


class SceneSweep:
    """The sweep of one scene; `result` grows while it runs."""

    def __init__(self, scene: Scene, density: Density, second: Second) -> None:
        self._scene = scene
        self._density = density
        self._second = second
        self._judge = Judge(scene)
        self._seen: set[int] = set()
        self._courses: set[object] = set()
        self.result = SceneResult(scene.recorded.operation.name, scene.name)

    def run(self) -> SceneResult:
        """All cuts."""
        started = process_time()
        self.result.flash_operations = len(self._scene.steps)
        for number, step in enumerate(self._scene.steps):
            for plan in self._plans(step.operation, number):
                self._first(plan)
        self.result.states = len(self._seen)
        self._shrink()
        self.result.seconds = process_time() - started
        return self.result

    def _plans(self, operation: Operation, number: int) -> Iterator[CutPlan]:
        unit = self._scene.flash.geometry.write_unit
        return plans(operation, number, unit, self._density)

    def _first(self, plan: CutPlan) -> None:
        step, flash = self._scene.steps[plan.operation], self._scene.flash
        cut(flash, step.before, step.operation, plan)
        self.result.cuts += 1
        left = flash.snapshot()
        mark = fingerprint(left)
        if mark in self._seen:
            return
        self._seen.add(mark)
        found = self._judge.recovered(flash, step.transaction)
        self._count(found, step.transaction)
        if found.fault is not None:
            self._fail((plan,), found.fault)
        elif self._second is not Second.NONE:
            self._cut_recovery(plan, left, found)

    def _count(self, found: Found, transaction: int) -> None:
        self.result.before += found.state == transaction
        self.result.after += found.state == transaction + 1

    def _cut_recovery(self, first: CutPlan, start: FlashSnapshot, found: Found) -> None:
        if self._second is Second.SAMPLED and len(self._seen) % _SAMPLED_EVERY != 1:
            return
        course = watched_recovery(self._scene.flash, start)
        if not course or not self._is_new(first, course):
            return
        flash = self._scene.flash
        transaction = self._scene.steps[first.operation].transaction
        density = CLOSE if self._second is Second.COURSES else COARSE
        for number, (before, operation) in enumerate(course):
            for plan in plans(operation, number, flash.geometry.write_unit, density):
                cut(flash, before, operation, plan)
                self.result.second_cuts += 1
                again = judged_again(self._judge.recovered(flash, transaction), found)
                if again.fault is not None:
                    self._fail((first, plan), again.fault)

    def _is_new(self, first: CutPlan, course: list[tuple[FlashSnapshot, Operation]]) -> bool:
        """Whether a recovery of that course, after such a cut, has not been cut before."""
        key: object = tuple((step.kind, step.address, hash(step.after)) for _, step in course)
        if self._second is Second.COURSES:
            key = key, first.operation, first.flavour
        if key in self._courses:
            return False
        self._courses.add(key)
        return True

    def _fail(self, cuts: tuple[CutPlan, ...], fault: Fault) -> None:
        self.result.fail(Failure(str(self._token(cuts)), fault.check, fault.text))

    def _token(self, cuts: tuple[CutPlan, ...]) -> Token:
        scene = self._scene
        return Token(scene.recorded.operation.name, scene.part, scene.room, cuts)

    def _shrink(self) -> None:
        """The first failure of each check becomes as simple a cut as still shows it."""
        done: set[str] = set()
        for place, failure in enumerate(self.result.failures):
            if failure.check not in done:
                done.add(failure.check)
                cuts = Token.parse(failure.token).cuts
                simplest = shrunk(self._scene, cuts, failure.check)
                self.result.failures[place] = failure._replace(token=str(self._token(simplest)))
