"""A home: a Communications Hub, whose CHF and GPF share its link, and the meters on its HAN."""

from collections.abc import Iterable
from typing import Final

from firmware_sim.devices.device import Device
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.machine import Effects

HUB_TYPES: Final = (DeviceType.CHF, DeviceType.GPF)
"""What a Communications Hub is made of; with it both go."""


class Premises:
    """The devices of one home; everything reaches them through the hub.

    Attributes:
        devices: by Entity Identifier, the hub's own functions among them.
        hub: Entity Identifier of the Communications Hub Function.
        expected: Entity Identifiers of a hub that comes in its place later.
    """

    def __init__(self, devices: Iterable[Device], expected: Iterable[EntityId] = ()) -> None:
        """Wire the devices.

        Raises:
            LocalError: there is not exactly one CHF, or two devices have one identifier.
        """
        wired = list(devices)
        self.devices = {device.entity_id: device for device in wired}
        hubs = [device for device in wired if device.device_type is DeviceType.CHF]
        if len(hubs) != 1 or len(self.devices) != len(wired):
            raise LocalError("a home has one Communications Hub and one device an identifier")
        self.hub = hubs[0].entity_id
        self.expected = tuple(expected)

    def with_hub(self, hub: Iterable[Device]) -> "Premises":
        """The same home behind another Communications Hub; what is on its HAN stays.

        Raises:
            LocalError: the new hub has not exactly one CHF.
        """
        stay = (each for each in self.devices.values() if each.device_type not in HUB_TYPES)
        return Premises((*hub, *stay))

    def receive(self, entity: EntityId, octets: bytes) -> Effects:
        """Hand a message to the device it was sent to on the link.

        Raises:
            KeyError: no such device behind this hub.
        """
        return self.devices[entity].receive(octets)

    def tick(self) -> tuple[tuple[EntityId, Effects], ...]:
        """Let every device do what has fallen due."""
        return tuple((entity, device.tick()) for entity, device in self.devices.items())
