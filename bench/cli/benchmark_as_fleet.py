"""``firmware-sim bench drill --target fleet``: the same story as a fleet, with the same floor."""

import os
from collections.abc import Collection
from typing import Any, Final

from rich.console import Console

from firmware_sim.bench.cli.benchmark_drill import MeasuredStory
from firmware_sim.bench.drills.story_file import StorySource
from firmware_sim.bench.experiments.benchmarks.counting import floor_of
from firmware_sim.bench.experiments.benchmarks.device import raw_costs
from firmware_sim.bench.experiments.benchmarks.drill import operations_of
from firmware_sim.bench.experiments.benchmarks.workload import Workload
from firmware_sim.bench.experiments.fleet.benchmark import FleetCost, measure_story
from firmware_sim.bench.progress import Progress

TARGET: Final = "fleet"
RATIO_AIM: Final = 2.0
"""Whole CPU time over the cryptography of both sides, as for a drill on the native engine."""


def measure_as_fleet(chosen: MeasuredStory, devices: int, progress: Progress) -> FleetCost:
    """Play a story as a fleet, with a process for each processor, and measure.

    The floor is that of a drill of the steps in which every device takes part.

    Raises:
        UsageError: a story that no fleet can play.
        BenchError: no device takes part.
    """
    workload = Workload.prepare(2)
    before = dict(raw_costs(workload))

    def floor_without(names: Collection[str]) -> float:
        steps = [step for step in chosen.story.steps if step.name not in names]
        story = chosen.story.model_copy(update={"steps": steps})
        operations, _ = operations_of(story, chosen.text)
        after = dict(raw_costs(workload))
        return floor_of(operations, {name: (before[name] + after[name]) / 2 for name in before})

    source = StorySource(chosen.text.text, chosen.text.origin)
    return measure_story(source, devices, os.cpu_count() or 1, progress, floor_without)


def document(cost: FleetCost) -> dict[str, Any]:
    """As JSON; names mean what they mean for a drill."""
    return {
        "story": cost.story,
        "target": TARGET,
        "devices": cost.devices,
        "workers": cost.workers,
        "commands_a_device": cost.orders,
        "steps_at_representatives_alone": list(cost.beside),
        "passed": cost.outcome == "passed",
        "seconds": {"fleet": {"wall": cost.wall, "cpu": cost.cpu_seconds}},
        "cpu_microseconds_a_device": cost.cpu,
        "crypto_floor": {"microseconds_a_device": cost.floor},
        "ratio": cost.ratio,
        "ratio_aim": RATIO_AIM,
        "octets": {"record": cost.record, "report": cost.page},
        "octets_a_device": {"record": cost.record / cost.devices},
        "peak_memory_octets": cost.memory,
    }


def show(cost: FleetCost, console: Console) -> None:
    """In lines."""
    played = f"{cost.devices:,} devices, {cost.orders:.1f} commands each: {cost.outcome}"
    crypto = f"{cost.floor / 1e3:.2f} ms are the cryptography of both sides"
    for line in (
        f"{cost.story}, as a fleet by {cost.workers} workers: {played}",
        f"CPU {cost.cpu / 1e3:.2f} ms a device, of which {crypto}",
        f"ratio {cost.ratio:.2f} (aim {RATIO_AIM})",
        f"{cost.wall:.1f} s wall, {cost.memory / 1e6:,.0f} MB at most",
        f"record {cost.record / 1e6:.2f} MB, its page {cost.page / 1e3:.0f} kB",
        f"played at representatives alone: {', '.join(cost.beside) or 'no step'}",
    ):
        console.print(line, highlight=False, soft_wrap=True)
