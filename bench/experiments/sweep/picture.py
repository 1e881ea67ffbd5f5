"""A picture of what one operation does to a flash: each program and erase, in its place."""

from pathlib import Path
from typing import Any

from firmware_sim.bench.evidence.drawing import drawing
from firmware_sim.bench.experiments.sweep.scene import Scene
from firmware_sim.machine.flash.trace import OperationKind

_COLOURS = {OperationKind.PROGRAM: "#1f77b4", OperationKind.ERASE: "#d62728"}


def write_picture(scene: Scene, path: Path) -> None:
    """Time runs to the right, addresses upwards; at the right edge, how often a block was erased.

    Raises:
        BenchError: matplotlib is not installed, or the file cannot be written.
    """
    geometry = scene.flash.geometry
    width = max(6.0, 1 + 0.4 * len(scene.steps))
    with drawing(path, scene.name, (width, 5)) as axes:
        seen: dict[str, object] = {}
        for number, step in enumerate(scene.steps):
            each = step.operation
            bar = axes.bar(
                number, len(each.after), bottom=each.address, color=_COLOURS[each.kind], width=0.8
            )
            seen.setdefault(each.kind.value, bar)
        for base in geometry.block_starts:
            axes.axhline(base, color="#cccccc", linewidth=0.4, zorder=0)
        axes.axhline(geometry.areas[1].base, color="black", linewidth=0.8)
        axes.set_xlim(-0.8, len(scene.steps) + 0.2)
        axes.set_ylim(0, geometry.size)
        axes.set_xticks(range(len(scene.steps)))
        axes.set_xlabel("flash operation")
        axes.set_ylabel("address")
        axes.legend(seen.values(), seen.keys(), loc="upper left", bbox_to_anchor=(1.08, 1))
        _wear(scene, axes)


def _wear(scene: Scene, axes: Any) -> None:
    geometry = scene.flash.geometry
    erases = [0] * len(geometry.block_sizes)
    for step in scene.steps:
        if step.operation.kind is OperationKind.ERASE:
            erases[geometry.block_starts.index(step.operation.address)] += 1
    for base, size, count in zip(geometry.block_starts, geometry.block_sizes, erases, strict=True):
        middle = base + size / 2
        axes.text(len(scene.steps) + 0.3, middle, f"erased {count}x", fontsize=7, va="center")
