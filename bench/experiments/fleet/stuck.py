"""Devices that are not recovered, as a list: of which type, whose, and in what state."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.experiments.fleet.priced import prices_at
from firmware_sim.bench.experiments.fleet.record import Content, FleetContents
from firmware_sim.bench.files.whole_files import new_file
from firmware_sim.bench.outcome import Verdict

STUCK_NAME: Final = "stuck.csv"
COLUMNS: Final = (
    "device",
    "type",
    "supplier",
    "network_operator",
    "outcome",
    "reason",
    "assumed_pence",
)

_REASON: Final = COLUMNS.index("reason")
_DIFFERENT: Final = "different"
OUTCOMES: Final = {*map(str, DeviceFate), _DIFFERENT} - {str(DeviceFate.RECOVERED)}
"""Of a device that is not recovered, or did not do as its representative."""

StuckRow = tuple[str, ...]


def stuck_rows(contents: FleetContents, drill: RunRecord) -> Iterator[StuckRow]:
    """One row a device, in the order of shards; `different` before what became of its like.

    Args:
        drill: the governance drill, which says why of representatives.
    """
    courses, why = contents.courses, _reasons(drill)
    prices = prices_at(drill)
    for _, shard in sorted(contents.shards.items()):
        different = {each.device for each in shard.different}
        for each in shard.different:
            yield _row(each.device, courses[each.course], _DIFFERENT, each.problem, "")
        for device, number in shard.stuck:
            course = courses[number]
            if device not in different:
                at = course["representative"]
                pence = prices[at].pence if at in prices else None
                price = "" if pence is None else str(pence)
                yield _row(device, course, course["fate"], why.get(at, ""), price)


def why_stuck(contents: FleetContents, drill: RunRecord, device: str) -> str:
    """Why a device is not recovered, as `stuck_rows` has it; empty if it is, or nobody said."""
    rows = stuck_rows(contents, drill)
    return next((row[_REASON] for row in rows if row[0] == device), "")


def _row(device: str, course: Content, outcome: str, reason: str, pence: str) -> StuckRow:
    whose = course["supplier"], course["network_operator"]
    return (device, course["type"], *whose, outcome, reason, pence)


def _reasons(drill: RunRecord) -> dict[str, str]:
    """Of each device the reason of the last check that it did not pass."""
    return {
        check.device: check.reason
        for check in drill.checks
        if check.device and check.reason and check.verdict is not Verdict.PASSED
    }


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
