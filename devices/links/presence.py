"""Presence of a Communications Hub: who is behind it, and whether it is there.

A hub's status speaks for every device of its HAN: while the hub is offline, so are they.
The octets are JSON, so that any MQTT tool shows them::

    {"online": true, "devices": ["90b3d51f30000002", "90b3d51f30010004"]}
"""

import json
from typing import NamedTuple, Self

from firmware_sim.gbcs.errors import GbcsError, RemoteError
from firmware_sim.gbcs.identifiers import EntityId

MAX_PRESENCE_OCTETS = 1 << 20
"""A longer status is refused unread."""


class Presence(NamedTuple):
    """Whether a hub is there, and the Entity Identifiers that it answers for, its own too."""

    online: bool
    devices: tuple[EntityId, ...]

    def octets(self) -> bytes:
        """The JSON above, in UTF-8."""
        devices = [str(device) for device in self.devices]
        return json.dumps({"online": self.online, "devices": devices}).encode()

    @classmethod
    def parse(cls, octets: bytes) -> Self:
        """Read what `octets` writes; no octets at all mean offline, without devices.

        Raises:
            RemoteError: over 1 MiB, or not such a status.
        """
        if not octets:
            return cls(False, ())
        if len(octets) > MAX_PRESENCE_OCTETS:
            raise RemoteError(f"a status of {len(octets)} octets")
        try:
            fields = json.loads(octets)
            online, devices = fields["online"], fields["devices"]
            if not isinstance(online, bool) or not isinstance(devices, list):
                raise RemoteError("'online' must be true or false, 'devices' a list")
            return cls(online, tuple(EntityId.parse(device) for device in devices))
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            RecursionError,
            GbcsError,
        ) as error:
            raise RemoteError("not the status of a Communications Hub", octets=octets) from error
