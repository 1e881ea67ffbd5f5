"""What a device under a check says that it holds."""

from collections.abc import Mapping
from typing import NamedTuple

from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId


class DeviceReading(NamedTuple):
    """What the device says that it holds.

    Attributes:
        cells: subject unique id and key identifier, 16 octets, by cell.
        counters: the execution counter of each role but the Broker's, which the question moves.
    """

    cells: Mapping[TrustAnchorCellId, bytes]
    counters: Mapping[RemotePartyRole, int]

    def differences(self, other: "DeviceReading") -> str:
        """What another reading shows otherwise, in words; empty if nothing."""
        cells = [str(cell) for cell, held in self.cells.items() if other.cells.get(cell) != held]
        roles = [role for role, at in self.counters.items() if other.counters.get(role) != at]
        counters = [f"the counter of {role.label}" for role in roles]
        return ", ".join([*cells, *counters])


def reading_of(report: CredentialsReport) -> DeviceReading:
    """By the answer to CS02a."""
    cells = {
        TrustAnchorCellId(entry.role, cell.key_usage, cell.cell_usage): (
            cell.subject_unique_id + cell.subject_key_identifier
        )
        for entry in report.roles
        for cell in entry.cells or ()
    }
    counters: dict[RemotePartyRole, int] = {
        entry.role: entry.counter or 0
        for entry in report.roles
        if entry.role is not RemotePartyRole.ACCESS_CONTROL_BROKER
    }
    return DeviceReading(cells, counters)
