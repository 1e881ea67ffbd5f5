"""Devices that are not recovered, as a list: of which type, whose, and in what state."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from firmware_sim.bench.experiments.fleet.record import Content, FleetContents
from firmware_sim.bench.files.whole_files import new_file

STUCK_NAME: Final = "stuck.csv"
COLUMNS: Final = ("device", "type", "supplier", "network_operator", "outcome")

StuckRow = tuple[str, ...]


def stuck_rows(contents: FleetContents) -> Iterator[StuckRow]:
    """One row a device, in the order of shards; `different` before what became of its like."""
    courses = contents.courses
    for number in sorted(contents.shards):
        shard = contents.shards[number]
        different = {each.device: each.course for each in shard.different}
        for device, course in different.items():
            yield _row(device, courses[course], "different")
        for device, course in shard.stuck:
            if device not in different:
                yield _row(device, courses[course], courses[course]["fate"])


def _row(device: str, course: Content, outcome: str) -> StuckRow:
    return (device, course["type"], course["supplier"], course["network_operator"], outcome)


def write_stuck(rows: list[StuckRow], path: Path) -> None:
    """The list as CSV.

    Raises:
        BenchError: it cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    with new_file(path) as file:
        file.write(text.getvalue().encode())
