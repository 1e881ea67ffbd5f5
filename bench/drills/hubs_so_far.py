"""The Communications Hubs of a drill: those that wait to be installed, and those that are gone."""

from dataclasses import dataclass, field
from typing import NamedTuple

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.devices.device import Device
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.identifiers import EntityId


class SpareHub(NamedTuple):
    """A new hub for one home.

    Attributes:
        home: as it is behind its present hub.
        devices: CHF and GPF of the new one, in this order.
        contacts: the same as a party knows them.
    """

    home: Premises
    devices: tuple[Device, ...]
    contacts: tuple[DeviceContact, ...]


class OldDevice(NamedTuple):
    """A device that was taken away with its hub.

    Attributes:
        image: its flash at that moment; None if only the device can read it.
    """

    contact: DeviceContact
    image: bytes | None


@dataclass(slots=True)
class HubsSoFar:
    """What has become of the hubs.

    Attributes:
        spares: of a story in which hubs are exchanged, one for each home; none once they are in.
        old: by Entity Identifier of what came in its place.
    """

    spares: tuple[SpareHub, ...] = ()
    old: dict[EntityId, OldDevice] = field(default_factory=dict)
