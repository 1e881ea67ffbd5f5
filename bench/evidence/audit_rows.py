"""The cells that an audit did not find right, as rows of a report: a device once."""

from collections.abc import Iterable
from typing import NamedTuple

from firmware_sim.bench.evidence.accounts.audits import AuditedCell


class AuditedGroup(NamedTuple):
    """Cells of one device of which the same was found.

    Attributes:
        cells: their names.
        believed: what is believed of them, each thing once.
    """

    cells: list[str]
    sort: str
    found: str
    believed: list[str]


class AuditedDevice(NamedTuple):
    """One device with a cell that was not right, by its Entity Identifier."""

    device: str
    groups: list[AuditedGroup]


def audited_devices(cells: Iterable[AuditedCell]) -> list[AuditedDevice]:
    """One row a device, in the order in which they were told."""
    devices: dict[str, dict[tuple[str, str], AuditedGroup]] = {}
    for each in cells:
        groups = devices.setdefault(each.device, {})
        key = each.sort, each.found
        group = groups.setdefault(key, AuditedGroup([], *key, []))
        group.cells.append(each.cell)
        if each.believed not in group.believed:
            group.believed.append(each.believed)
    return [AuditedDevice(device, [*groups.values()]) for device, groups in devices.items()]
