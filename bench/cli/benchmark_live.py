"""``firmware-sim bench live``: what it costs to look on."""

import os
from typing import Annotated, Any, Final

import typer

from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.cli.live_page import decoded, live_room
from firmware_sim.bench.cli.output import human, print_json

_IN_A_HOME: Final = 3
"""Devices of the stories below."""

_DRILL, _FLEET = "partial-failure", "supplier-m3-fleet"


def register(app: typer.Typer) -> None:
    """Mount the verb."""
    app.command("live", epilog="Example: firmware-sim bench live --devices 10000 --json")(live)


def live(
    devices: Annotated[int, typer.Option(min=3, help="How many; whole homes are taken.")] = 3_000,
    fleet: Annotated[
        bool, typer.Option("--fleet", help="Watch a fleet run, in place of a drill in memory.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Measure the live page's server beside a run that is written as fast as it goes.

    One reader follows the events. The share is of one core, from the first row to the last.
    """
    room = live_room("benchmark")
    homes = str(-(-devices // _IN_A_HOME))
    story = _FLEET if fleet else _DRILL
    words = ["drill", "run", story, "--premises", homes, "--yes"]
    if fleet:
        words = ["fleet", "run", story, "--devices", str(devices)]
    with shown(f"Watching {story}: {devices:,} devices") as progress:
        progress.start(1, "Playing the run")
        cost = room.measure_live(words, decoded)
    found = _document(cost, story, devices)
    if as_json:
        print_json(found)
        return
    console = human(json_wanted=False)
    each = cost.octets / max(cost.updates, 1) / 1e3
    for line in (
        f"{story}, {devices:,} devices, load {found['load']:.1f}: {cost.seconds:.0f} s",
        f"CPU of the server {cost.cpu_seconds:.2f} s: {100 * cost.share:.1f} % of a core",
        f"{cost.rows:,} rows, {found['microseconds_a_row']:.1f} µs each",
        f"{cost.updates:,} updates, at most {cost.most_updates} a second, {each:.1f} kB each",
    ):
        console.print(line, highlight=False)


def _document(cost: Any, story: str, devices: int) -> dict[str, Any]:
    return {
        "story": story,
        "devices": devices,
        **cost._asdict(),
        "share_of_a_core": cost.share,
        "microseconds_a_row": cost.cpu_seconds / cost.rows * 1e6,
        "load": os.getloadavg()[0],
    }
