"""Which engine a sweep runs on, and one operation's cases on each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property

from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.experiments.sweep.case import (
    DoesNotFit,
    FlashPart,
    Room,
    SweepCase,
    prepare_case,
    rooms,
)
from firmware_sim.bench.experiments.sweep.case_sweep import CaseSweep, sweep_rot
from firmware_sim.bench.experiments.sweep.device_cuts import (
    NO_MESSAGE,
    DeviceCuts,
    is_without_message,
    several_transactions,
)
from firmware_sim.bench.experiments.sweep.effort import CLOSEST, SweepEffort
from firmware_sim.bench.experiments.sweep.flash_sweep import FlashSweep
from firmware_sim.bench.experiments.sweep.judging import SweepCheck
from firmware_sim.bench.experiments.sweep.native_device_cuts import NativeDeviceCuts
from firmware_sim.bench.experiments.sweep.native_sweep import NativeSweep, sweep_rot_natively
from firmware_sim.bench.experiments.sweep.recording import Recorded
from firmware_sim.bench.experiments.sweep.result import CaseResult, Failure, SweepEngine
from firmware_sim.gbcs.policy import Policy
from firmware_sim.hw.engine.finding import engine_file, why_no_engine
from firmware_sim.hw.engine.library import EngineLibrary, engine_at
from firmware_sim.machine.flash.geometry import NOR_64K, Geometry

Note = Callable[[str], None]
"""Told what is at work, before it begins."""


def chosen_engine(wanted: SweepEngine | None) -> tuple[SweepEngine, str]:
    """The engine to use: native where there is one; and in one line, why it is another."""
    if wanted is not None:
        return wanted, ""
    why = why_no_engine()
    if why is None:
        return SweepEngine.NATIVE, ""
    return SweepEngine.PYTHON, f"{why}; the sweep runs in Python, which is slower"


@contextmanager
def native_sweep_of(geometry: Geometry) -> Iterator[FlashSweep]:
    """The native engine over such a flash, in this process.

    Raises:
        BenchError: there is no engine.
    """
    with board_trouble_as_bench_error():
        sweep = FlashSweep(_library(), geometry)
        try:
            yield sweep
        finally:
            sweep.close()


@cache
def _library() -> EngineLibrary:
    """Looked for once a process: whether it is of today's sources takes a while to see."""
    library = engine_at(engine_file())
    library.share(True, True)
    return library


class OperationSweep:
    """All cases of one operation, on either engine.

    Args:
        note: is told the name of each case before the native engine has it.
    """

    def __init__(self, recorded: Recorded, effort: SweepEffort, note: Note) -> None:
        self._recorded = recorded
        self._effort = effort
        self._note = note

    @cached_property
    def _has_rot(self) -> bool:
        return self._recorded.operation.name.endswith("/boot")

    def run(self, parts: tuple[FlashPart, ...], engine: SweepEngine) -> list[CaseResult]:
        """Every part and room, cuts under a whole device, and decay."""
        results = [
            self._device_cuts(engine),
            *(self._case(part, room, engine) for part in parts for room in rooms(self._recorded)),
        ]
        if self._has_rot:
            results.append(self._rot(engine))
        return results

    def _case(self, part: FlashPart, room: Room, engine: SweepEngine) -> CaseResult:
        density, second = self._effort.density(part)
        name = f"{self._recorded.operation.name}@{part}:{room}"

        def natively(case: SweepCase, sweep: FlashSweep) -> CaseResult:
            return NativeSweep(case, sweep, density, second).run()

        def in_python(case: SweepCase) -> CaseResult:
            return CaseSweep(case, density, second).run()

        try:
            case = prepare_case(self._recorded, part, room)
            return self._on(engine, name, case, natively, in_python)
        except DoesNotFit as error:
            skipped = f"does not fit: {error}"
            return CaseResult(self._recorded.operation.name, name, skipped=skipped)

    def _rot(self, engine: SweepEngine) -> CaseResult:
        case = prepare_case(self._recorded, FlashPart.native(CLOSEST), Room.ROOMY)
        step = self._effort.rot_step
        return self._on(
            engine,
            f"{case.name}:rot",
            case,
            lambda case, sweep: sweep_rot_natively(case, sweep, step),
            lambda case: sweep_rot(case, step),
        )

    def _on(
        self,
        engine: SweepEngine,
        name: str,
        case: SweepCase,
        natively: Callable[[SweepCase, FlashSweep], CaseResult],
        in_python: Callable[[SweepCase], CaseResult],
    ) -> CaseResult:
        if engine is SweepEngine.PYTHON:
            return in_python(case)
        self._note(name)
        with native_sweep_of(case.part.geometry) as sweep:
            found = natively(case, sweep)
        return found if engine is SweepEngine.NATIVE else beside(found, in_python(case))

    def _device_cuts(self, engine: SweepEngine) -> CaseResult:
        """The firmware has the default policy only: others are the reference's alone."""
        recorded, operation = self._recorded, self._recorded.operation
        cuts = DeviceCuts(recorded)
        if engine is SweepEngine.PYTHON or operation.policy != Policy():
            return cuts.run()
        if is_without_message(recorded):
            cuts.result.skipped = NO_MESSAGE
            return cuts.result
        self._note(cuts.result.case)
        with native_sweep_of(NOR_64K) as sweep:
            found = NativeDeviceCuts(recorded, sweep).run(words=self._effort.cuts_words)
        several = several_transactions(recorded)
        if several is not None:
            found.fail(Failure(found.case, *several))
        return found if engine is SweepEngine.NATIVE else beside(found, cuts.run())


_COUNTS = (
    *("flash_operations", "cuts", "states", "before", "after", "second_cuts"),
    *("device_cuts", "flips"),
)


def beside(native: CaseResult, reference: CaseResult) -> CaseResult:
    """One result of both engines: what either found, and where they count differently."""
    apart = [name for name in _COUNTS if getattr(native, name) != getattr(reference, name)]
    for failure in reference.failures:
        native.fail(failure)
    for check, count in reference.faults.items():
        kept = sum(failure.check == check for failure in reference.failures)
        native.faults[check] = native.faults.get(check, 0) + count - kept
    if apart:
        counts = [f"{getattr(each, name)} {name}" for name in apart for each in (native, reference)]
        native.fail(Failure(native.case, SweepCheck.SAME, " and ".join(counts), SweepEngine.BOTH))
    native.seconds += reference.seconds
    return native
