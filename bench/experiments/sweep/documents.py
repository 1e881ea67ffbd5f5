"""A sweep's result as JSON and as JUnit, and a picture of what one operation does to a flash."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from firmware_sim.bench.evidence.drawing import drawing
from firmware_sim.bench.experiments.campaign import junit
from firmware_sim.bench.experiments.campaign.junit import JUnitCase
from firmware_sim.bench.experiments.sweep.case import SweepCase
from firmware_sim.bench.experiments.sweep.result import CaseResult, SweepResult
from firmware_sim.machine.flash.trace import OperationKind

_COLOURS = {OperationKind.PROGRAM: "#1f77b4", OperationKind.ERASE: "#d62728"}


def as_json(result: SweepResult) -> dict[str, object]:
    """Counts first, then what failed and what was left out."""
    return {
        **result.counts,
        "cpu_seconds": round(result.seconds, 3),
        "failures": [failure._asdict() for failure in result.failures],
        "left_out": {case.case: case.skipped for case in result.cases if case.skipped},
    }


def write_junit(result: SweepResult, path: Path) -> None:
    """A suite an operation, with a case for each part and room; a failure starts with its token."""
    suites: dict[str, list[JUnitCase]] = defaultdict(list)
    for case in result.cases:
        suites[case.operation].append(_junit_case(case))
    junit.write_junit("sweep", suites, path)


def _junit_case(case: CaseResult) -> JUnitCase:
    written = JUnitCase(case.case, case.operation, case.seconds, skipped=case.skipped)
    if not case.failures:
        return written
    first = case.failures[0]
    return written._replace(
        failure=f"{first.token}: {first.check}: {first.text}",
        details="\n".join(" ".join(each) for each in case.failures),
    )


def write_picture(case: SweepCase, path: Path) -> None:
    """Time runs to the right, addresses upwards; at the right edge, how often a block was erased.

    Raises:
        BenchError: matplotlib is not installed, or the file cannot be written.
    """
    geometry = case.flash.geometry
    width = max(6.0, 1 + 0.4 * len(case.steps))
    with drawing(path, case.name, (width, 5)) as axes:
        seen: dict[str, object] = {}
        for number, step in enumerate(case.steps):
            each = step.operation
            bar = axes.bar(
                number, len(each.after), bottom=each.address, color=_COLOURS[each.kind], width=0.8
            )
            seen.setdefault(each.kind.value, bar)
        for base in geometry.block_starts:
            axes.axhline(base, color="#cccccc", linewidth=0.4, zorder=0)
        axes.axhline(geometry.areas[1].base, color="black", linewidth=0.8)
        axes.set_xlim(-0.8, len(case.steps) + 0.2)
        axes.set_ylim(0, geometry.size)
        axes.set_xticks(range(len(case.steps)))
        axes.set_xlabel("flash operation")
        axes.set_ylabel("address")
        axes.legend(seen.values(), seen.keys(), loc="upper left", bbox_to_anchor=(1.08, 1))
        _wear(case, axes)


def _wear(case: SweepCase, axes: Any) -> None:
    geometry = case.flash.geometry
    erases = [0] * len(geometry.block_sizes)
    for step in case.steps:
        if step.operation.kind is OperationKind.ERASE:
            erases[geometry.block_starts.index(step.operation.address)] += 1
    for base, size, count in zip(geometry.block_starts, geometry.block_sizes, erases, strict=True):
        middle = base + size / 2
        axes.text(len(case.steps) + 0.3, middle, f"erased {count}x", fontsize=7, va="center")
