"""What devices of this process have sent, and what of it has not come through the broker yet."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256

from firmware_sim.gbcs.identifiers import EntityId


class OnTheWay:
    """Messages between a device's host and the parties' end of the link.

    A message is taken off when it comes for the first time; copies of it, and what others
    publish, change nothing.
    """

    def __init__(self) -> None:
        self._missing: defaultdict[EntityId, set[bytes]] = defaultdict(set)
        self._changed: defaultdict[EntityId, asyncio.Event] = defaultdict(asyncio.Event)

    def sent(self, device: EntityId, messages: Iterable[bytes]) -> None:
        """The device's host is about to publish these."""
        self._missing[device].update(map(_digest, messages))

    def came(self, device: EntityId, octets: bytes) -> None:
        """A message reached the parties, and is sorted in."""
        self._missing[device].discard(_digest(octets))
        self._changed[device].set()

    async def drained(self, device: EntityId, seconds: float) -> int:
        """Wait until nothing is missing.

        Returns:
            How many messages are, after so many seconds; they are given up.
        """
        missing, changed = self._missing[device], self._changed[device]
        try:
            async with asyncio.timeout(seconds):
                while missing:
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            pass
        left = len(missing)
        missing.clear()
        return left


def _digest(octets: bytes) -> bytes:
    return sha256(octets).digest()
