"""``firmware-sim bench fleet``: what a device of a fleet costs, and what the whole takes."""

import os
from typing import Annotated

import typer

from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.cli.output import human, print_json
from firmware_sim.bench.experiments.fleet.benchmark import (
    CPU_AIM,
    WALL_AIM,
    FleetStory,
    measure_fleet,
)


def register(app: typer.Typer) -> None:
    """Mount the verb."""
    epilog = "Example: firmware-sim bench fleet --devices 1000000 --json"
    app.command("fleet", epilog=epilog)(fleet)


def fleet(
    devices: Annotated[int, typer.Option(min=3, help="How many.")] = 10_000,
    story: Annotated[
        FleetStory, typer.Option(help="Method 3 alone, or in waves, with losses and an attacker.")
    ] = FleetStory.PLAIN,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; default: one for each processor.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Measure a fleet against the cryptography that its devices cannot do without."""
    number = workers or os.cpu_count() or 1
    with shown(f"Measuring {devices:,} devices") as progress:
        cost = measure_fleet(story, devices, number, progress)
    wall_aim = WALL_AIM * cost.cpu_seconds / number
    if as_json:
        found = {**cost._asdict(), "ratio": cost.ratio, "cpu_aim": CPU_AIM, "wall_aim": wall_aim}
        print_json({"unit": "microseconds a device, seconds, octets", **found})
        return
    console = human(json_wanted=False)
    for line in (
        f"{cost.devices:,} devices, {number} workers, load {cost.load:.1f}: {cost.outcome}",
        f"CPU {cost.cpu:.0f} µs a device, of which {cost.floor:.0f} µs are cryptography",
        f"ratio {cost.ratio:.2f} (aim {CPU_AIM})",
        f"one device more costs {cost.shards:.0f} µs, with {cost.orders:.2f} orders",
        f"once: planning {cost.planning:.1f} s, {number} processes' starts {cost.starting:.1f} s",
        f"{cost.wall:.0f} s (aim {wall_aim:.0f} s), {cost.memory / 1e6:,.0f} MB",
        f"record {cost.record / 1e6:.1f} MB, its page {cost.page / 1e3:.0f} kB",
    ):
        console.print(line, highlight=False)
