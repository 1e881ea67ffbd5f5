"""Relevant Devices: which devices a Recovery Event is about, as they were just before it.

SEC L10.30(a) asks two things of a device: that its SMI Status is ``commissioned``, and that its
cells hold, or are reasonably believed to hold, data from a compromised certificate. The set is
taken once, the moment before the Event, and does not change afterwards.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from firmware_sim.bench.governance.fallen_key import FallenKey
from firmware_sim.bench.population.estate import CellData, Estate, EstateDevice
from firmware_sim.bench.population.smi import SmiStatus
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, TrustAnchorCellId

STATUS_RULE: Final = "a device that is commissioned only after the Event is none"
"""An assumption, to be printed: L10.30(a)(i) says “has, or had immediately prior”, which can also
be read as adding devices later."""


class Ground(StrEnum):
    """Why a device is relevant (SEC L10.30(a)(ii)); what it really holds comes first."""

    POPULATED = "populated"
    BELIEVED = "believed"


@dataclass(frozen=True, slots=True)
class RelevantDevice:
    """One device, as it was immediately before the Event.

    Attributes:
        populated: cells that hold data from a compromised certificate.
        believed: cells that the inventory says do.
    """

    entity_id: EntityId
    device_type: DeviceType
    smi_status: SmiStatus
    responsible_supplier: str
    network_operator: str
    populated: tuple[TrustAnchorCellId, ...]
    believed: tuple[TrustAnchorCellId, ...]

    @property
    def ground(self) -> Ground:
        """Why it is relevant."""
        return Ground.POPULATED if self.populated else Ground.BELIEVED

    @property
    def cells(self) -> tuple[TrustAnchorCellId, ...]:
        """Its affected cells, each once."""
        return tuple(dict.fromkeys((*self.populated, *self.believed)))

    def as_json(self) -> dict[str, object]:
        """For a record."""
        return {
            "device": str(self.entity_id),
            "type": self.device_type.name,
            "smi_status": self.smi_status.value,
            "responsible_supplier": self.responsible_supplier,
            "reason": self.ground.value,
            "populated": [str(cell) for cell in self.populated],
            "believed": [str(cell) for cell in self.believed],
        }


class RelevantDeviceSet:
    """The frozen set.

    Attributes:
        at: the moment before the Event.
        key: the key whose fall gave rise to it.
        not_commissioned: devices that hold such data and are not relevant for their SMI Status.
    """

    def __init__(
        self,
        at: datetime,
        key: FallenKey,
        devices: Mapping[EntityId, RelevantDevice],
        not_commissioned: tuple[EntityId, ...],
    ) -> None:
        self.at = at
        self.key = key
        self.not_commissioned = not_commissioned
        self._devices = MappingProxyType(dict(devices))

    def __iter__(self) -> Iterator[RelevantDevice]:
        return iter(self._devices.values())

    def __len__(self) -> int:
        return len(self._devices)

    def __contains__(self, entity: object) -> bool:
        return entity in self._devices

    def __getitem__(self, entity: EntityId) -> RelevantDevice:
        return self._devices[entity]

    @cached_property
    def digest(self) -> str:
        """SHA-256 in hex over every entry: two sets are the same if theirs is."""
        entries = [each.as_json() for each in sorted(self, key=lambda each: each.entity_id)]
        return sha256(json.dumps(entries, sort_keys=True).encode()).hexdigest()

    def summary(self) -> dict[str, object]:
        """The counts, for a record."""
        grounds = Counter(each.ground for each in self)
        kinds = Counter(each.device_type.name for each in self)
        return {
            "total": len(self),
            "populated": grounds[Ground.POPULATED],
            "believed": grounds[Ground.BELIEVED],
            "by_type": dict(sorted(kinds.items())),
            "not_commissioned": len(self.not_commissioned),
            "digest": self.digest,
        }


def relevant_devices(estate: Estate, key: FallenKey, at: datetime) -> RelevantDeviceSet:
    """The set for an Event; empty for a key that stands behind no device's cell.

    Args:
        estate: every device as it is at that moment.
        at: the moment before the Event.
    """
    relevant: dict[EntityId, RelevantDevice] = {}
    waiting: list[EntityId] = []
    for device in estate:
        populated = _affected(device.holds, key)
        believed = _affected(device.believed, key)
        if not populated and not believed:
            continue
        if device.smi_status is SmiStatus.COMMISSIONED:
            relevant[device.entity_id] = _relevant(device, populated, believed)
        else:
            waiting.append(device.entity_id)
    return RelevantDeviceSet(at, key, relevant, tuple(waiting))


def _affected(data: CellData, key: FallenKey) -> tuple[TrustAnchorCellId, ...]:
    return tuple(cell for cell, each in data.items() if key.compromises(each))


def _relevant(
    device: EstateDevice,
    populated: tuple[TrustAnchorCellId, ...],
    believed: tuple[TrustAnchorCellId, ...],
) -> RelevantDevice:
    return RelevantDevice(
        entity_id=device.entity_id,
        device_type=device.device_type,
        smi_status=device.smi_status,
        responsible_supplier=device.responsible_supplier,
        network_operator=device.network_operator,
        populated=populated,
        believed=believed,
    )
