"""``firmware-sim bench drill``: what a whole drill costs, a device."""

from typing import Any, Final, NamedTuple

from rich.console import Console
from rich.table import Table

from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story, story_source
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.run_info import STORY, InputText
from firmware_sim.bench.experiments.benchmarks.drill import DrillMeasured
from firmware_sim.gbcs.policy import Policy

DEFAULT_STORY: Final = "supplier-compromise-recovery"
TARGETS: Final = ("memory", "native")
_RATIO_AIMS: Final = {"memory": 4.0, "native": 2.0}
"""Whole CPU time over the cryptography of both sides."""

_ESTATE: Final = 10_000
"""Of so many devices the aims below are."""

_VERIFY_AIM: Final = 10.0
"""Seconds that a verification without a replay may take, on two cores."""

_REPORT_AIM: Final = 1_000_000
"""Octets that a report may have, so that it can be read at once."""


class MeasuredStory(NamedTuple):
    """A story that can be measured, and its text."""

    story: Story
    text: InputText


def story_named(name: str) -> MeasuredStory:
    """The story of a name, or of a file.

    Raises:
        UsageError: there is none, or its homes are its own.
    """
    source = story_source(name)
    story = read_story(*source, Policy())
    if story.population is not None:
        problem = f"the story {story.name} has its own population"
        raise UsageError(problem, "measure one whose number of homes can be chosen")
    return MeasuredStory(story, InputText(STORY, source.origin, source.text))


def document(measured: DrillMeasured) -> dict[str, Any]:
    """As JSON."""
    devices = measured.devices
    return {
        "story": measured.story,
        "target": measured.target,
        "premises": measured.premises,
        "devices": devices,
        "commands_a_device": measured.commands / devices,
        "passed": measured.passed,
        "verified": measured.verified,
        "seconds": {
            name: {"wall": phase.wall, "cpu": phase.cpu} for name, phase in measured.phases.items()
        },
        "cpu_microseconds_a_device": measured.cpu,
        "crypto_floor": {
            "microseconds_a_device": measured.floor,
            "operations_a_device": measured.operations,
            "microseconds_an_operation": measured.raw,
        },
        "ratio": measured.cpu / measured.floor,
        "ratio_aim": _RATIO_AIMS.get(measured.target),
        "ratio_of_parts": measured.parts,
        "octets": measured.files,
        "octets_a_device": {name: size / devices for name, size in measured.files.items()},
        "peak_memory_octets": measured.peak,
        "peak_memory_octets_until": {name: each.peak for name, each in measured.phases.items()},
        "aims": {
            "devices": _ESTATE,
            "verify_wall_seconds": _VERIFY_AIM,
            "report_octets": _REPORT_AIM,
        },
    }


def show(measured: DrillMeasured, console: Console) -> None:
    """As tables."""
    devices = measured.devices
    console.print(
        f"{measured.story}, {measured.target}: {devices:,} devices in {measured.premises:,} homes, "
        f"{measured.commands / devices:.1f} commands a device",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    parts = Table("part", title="CPU of drill and report, as multiples of the cryptography in it")
    parts.add_column("ratio", justify="right")
    for name, ratio in measured.parts.items():
        parts.add_row(name, f"{ratio:.2f}")
    aim = _RATIO_AIMS.get(measured.target)
    told = "" if aim is None else f" (aim {aim:.1f})"
    parts.add_row("all", f"{measured.cpu / measured.floor:.2f}{told}")
    sizes = Table("file", title="Octets")
    for heading in ("whole", "a device"):
        sizes.add_column(heading, justify="right")
    for name, size in measured.files.items():
        sizes.add_row(name, f"{size:,}", f"{size / devices:,.0f}")
    console.print(_times(measured), parts, sizes, sep="\n")
    console.print(
        f"aims at {_ESTATE:,} devices on two cores: verify {_VERIFY_AIM:.0f} s wall, "
        f"report {_REPORT_AIM / 1e6:.0f} MB",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    operations = ", ".join(f"{count:.1f} {name}" for name, count in measured.operations.items())
    console.print(
        f"cryptography a device, both sides: {measured.floor / 1e3:.2f} ms ({operations}); "
        f"{measured.cpu / 1e3:.2f} ms in all; peak memory {measured.peak / 1e6:,.0f} MB",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def _times(measured: DrillMeasured) -> Table:
    times = Table("phase", title="Seconds")
    for heading in ("wall", "CPU", "CPU ms a device", "peak MB until then"):
        times.add_column(heading, justify="right")
    for name, phase in measured.phases.items():
        each, peak = phase.cpu / measured.devices * 1e3, phase.peak / 1e6
        times.add_row(name, f"{phase.wall:.1f}", f"{phase.cpu:.1f}", f"{each:.2f}", f"{peak:,.0f}")
    return times
