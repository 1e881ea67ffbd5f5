"""Whose each device is, its SMI Status, and why it is a Relevant Device, as governance told it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from firmware_sim.bench.evidence.accounts.devices import OwnedDevice
from firmware_sim.bench.evidence.accounts.recovery_event import AffectedDevice
from firmware_sim.bench.evidence.accounts.told import Accounts


@dataclass(frozen=True, slots=True)
class Standing:
    """One device of a story that names its organisations.

    Attributes:
        relevant: ``populated`` or ``believed``; None for a device that is no Relevant Device.
        affected: the cells for which it is one.
    """

    responsible_supplier: str
    network_operator: str
    smi_status: str
    relevant: str | None = None
    affected: tuple[str, ...] = ()


class SupplierLine(NamedTuple):
    """How many devices of one Responsible Supplier there are, of each sort."""

    supplier: str
    devices: int
    not_commissioned: int
    populated: int
    believed: int

    @property
    def relevant(self) -> int:
        """Relevant Devices, for either reason."""
        return self.populated + self.believed


def standings(accounts: Accounts) -> dict[str, Standing]:
    """By Entity Identifier; empty of a story that names no organisations.

    Of a device that is relevant in several Events, the last one counts.
    """
    relevant = {each.device: each for each in accounts.all(AffectedDevice)}
    return {
        owned.device: _standing(owned, relevant.get(owned.device))
        for owned in accounts.all(OwnedDevice)
    }


def by_supplier(found: Iterable[Standing]) -> list[SupplierLine]:
    """A line for each Responsible Supplier, by name."""
    counts = Counter(
        (each.responsible_supplier, sort) for each in found for sort in ("all", *_sorts(each))
    )
    sorts = ("all", "not commissioned", "populated", "believed")
    names = sorted({name for name, _ in counts})
    return [SupplierLine(name, *(counts[name, sort] for sort in sorts)) for name in names]


def _sorts(each: Standing) -> Iterable[str]:
    if each.smi_status != "commissioned":
        yield "not commissioned"
    if each.relevant:
        yield each.relevant


def _standing(owned: OwnedDevice, affected: AffectedDevice | None) -> Standing:
    return Standing(
        owned.responsible_supplier,
        owned.network_operator,
        owned.smi_status,
        None if affected is None else affected.reason,
        () if affected is None else affected.cells,
    )
