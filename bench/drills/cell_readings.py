"""What a device holds, as its flash image has it or as its own verified answer says.

A refused message changes nothing of it: neither a Trust Anchor Cell nor an Originator Counter.
"""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.checks import (
    Holdings,
    compare_holdings,
    image_holdings,
    read_report,
    reported_holdings,
)
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.readers import readers
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding
from firmware_sim.devices.image_contents import ImageContents
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.roles import RemotePartyRole

_NAME = "no cell and no counter changed"


class CellReading(NamedTuple):
    """One reading.

    Attributes:
        holdings: whose key each cell holds.
        counters: execution counter of each role, 0 if it has none.
        readers: the role whose counter the reading itself has moved.
    """

    holdings: Holdings
    counters: Mapping[RemotePartyRole, int]
    readers: frozenset[RemotePartyRole] = frozenset()


def image_reading(contents: ImageContents) -> CellReading:
    """From a flash image."""
    counters = {role: held.execution or 0 for role, held in contents.counters.items()}
    return CellReading(image_holdings(contents.cells), counters)


async def read_by_party(
    state: DrillState, contact: DeviceContact, sender: CommandSender
) -> CellReading | None:
    """From the device's verified answer to a CS02a; None if it answers no party that may ask."""
    for party in readers(state, contact):
        again = partial(party.read_back, contact)
        result = await sender.deliver(party, contact, again(), again)
        try:
            report = None if result.response is None else read_report(result.response)
        except RemoteError:
            continue
        if report is not None:
            counters = {entry.role: entry.counter or 0 for entry in report.roles}
            return CellReading(reported_holdings(report), counters, frozenset((party.role,)))
    return None


def compare_readings(before: CellReading, after: CellReading) -> StepFinding:
    """Whether nothing has changed."""
    finding = compare_holdings(_NAME, before.holdings, after.holdings, "as before")
    roles = sorted((set(before.counters) | set(after.counters)) - before.readers - after.readers)
    moved = [
        f"{role.label}: {before.counters.get(role, 0)} -> {after.counters.get(role, 0)}"
        for role in roles
        if before.counters.get(role, 0) != after.counters.get(role, 0)
    ]
    if not finding.passed or not moved:
        return finding
    reason = "a counter moved: " + ", ".join(moved)
    return finding._replace(passed=False, actual="; ".join(moved), reason=reason)
