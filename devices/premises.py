"""A home: a Communications Hub, whose CHF and GPF share its link, and the meters on its HAN."""

from collections.abc import Iterable

from firmware_sim.devices.device import Device
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.machine import Effects


class Premises:
    """The devices of one home; everything reaches them through the hub.

    Attributes:
        devices: by Entity Identifier, the hub's own functions among them.
        hub: Entity Identifier of the Communications Hub Function.
    """

    def __init__(self, devices: Iterable[Device]) -> None:
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

    def receive(self, entity: EntityId, octets: bytes) -> Effects:
        """Hand a message to the device it was sent to on the link.

        Raises:
            KeyError: no such device behind this hub.
        """
        return self.devices[entity].receive(octets)

    def tick(self) -> tuple[tuple[EntityId, Effects], ...]:
        """Let every device do what has fallen due."""
        return tuple((entity, device.tick()) for entity, device in self.devices.items())
