"""A whole sweep: a campaign in which each operation, on every part, is a trial."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import TypeAdapter

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.campaign.result_log import ResultLog
from firmware_sim.bench.experiments.campaign.running import run_trials
from firmware_sim.bench.experiments.sweep.case import FlashPart
from firmware_sim.bench.experiments.sweep.effort import SweepEffort, SweepScope
from firmware_sim.bench.experiments.sweep.engines import OperationSweep
from firmware_sim.bench.experiments.sweep.notes import crash_in, note_in
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.bench.experiments.sweep.recording import record
from firmware_sim.bench.experiments.sweep.result import CaseResult, SweepEngine, SweepResult
from firmware_sim.bench.progress import Progress


def run_sweep(
    scope: SweepScope,
    workers: int,
    progress: Progress,
    log: ResultLog[list[CaseResult]] | None = None,
) -> SweepResult:
    """Sweep in so many processes.

    Args:
        log: keeps the results of operations, and those it has are not swept again.

    Raises:
        BenchError: there is no native engine, or it crashed; the case is then kept in a file.
    """
    cases: list[CaseResult] = []
    cuts = 0

    def done(name: str, results: list[CaseResult]) -> str:
        nonlocal cuts
        cases.extend(results)
        cuts += sum(case.cuts + case.second_cuts + case.word_cuts for case in results)
        return f"{cuts:,} cuts, {name}"

    with TemporaryDirectory(prefix="sweep-") as text:
        notes = Path(text)
        try:
            run_trials(
                sweep_operation,
                {
                    name: (name, scope.parts, scope.effort, scope.engine, notes)
                    for name in scope.operations
                },
                done,
                workers=workers,
                progress=progress,
                title="operations",
                log=log,
            )
        except BenchError as error:
            raise crash_in(notes) or error from error
    return SweepResult(sorted(cases, key=lambda case: case.case))


def open_log(scope: SweepScope, path: Path) -> ResultLog[list[CaseResult]]:
    """The result log of such a sweep; operations may be others than before.

    Raises:
        UsageError: it is that of another sweep, or none.
    """
    parts = [str(part) for part in scope.parts]
    campaign = {
        "experiment": "sweep",
        "effort": scope.effort.value,
        "engine": scope.engine.value,
        "parts": parts,
    }
    return ResultLog(path, campaign, TypeAdapter(list[CaseResult]))


def sweep_operation(
    name: str,
    parts: Sequence[FlashPart],
    effort: SweepEffort,
    engine: SweepEngine = SweepEngine.PYTHON,
    notes: Path | None = None,
) -> list[CaseResult]:
    """One trial: all cases of an operation, its cuts under a whole device, and decay.

    Args:
        notes: a folder in which the process says what it is at, should the engine end it.

    Raises:
        BenchError: there is no native engine.
    """
    sweep = OperationSweep(record(operations()[name]), effort, note_in(notes))
    return sweep.run(tuple(parts), engine)
