"""Links inside one process: a bus that parties and hubs join, with bounded queues."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from types import TracebackType
from typing import NamedTuple, Self

from firmware_sim.devices.links.bounds import address, check_size
from firmware_sim.devices.links.inbox import Inbox
from firmware_sim.devices.links.link import (
    Arrival,
    Channel,
    DeviceLink,
    Handler,
    LinkError,
    PartyLink,
)
from firmware_sim.devices.links.presence import Presence
from firmware_sim.gbcs.identifiers import EntityId

_LOG = logging.getLogger(__name__)

CAPACITY = 1024
PATIENCE_SECONDS = 10.0


class _Command(NamedTuple):
    device: EntityId
    octets: bytes


class MemoryBus:
    """What joins the two ends; behaves as a broker does, without its octets on a wire.

    Every party gets every answer. A party that joins late gets the status of each hub.

    Args:
        capacity: messages that may wait at each end.
        patience: seconds that a sender waits for room there.
    """

    def __init__(self, capacity: int = CAPACITY, patience: float = PATIENCE_SECONDS) -> None:
        self.capacity = capacity
        self.patience = patience
        self._parties: list[_MemoryPartyLink] = []
        self._hubs: dict[EntityId, _MemoryDeviceLink] = {}
        self._statuses: dict[EntityId, bytes] = {}

    def party(self) -> PartyLink:
        """A new end for parties."""
        return _MemoryPartyLink(self)

    def hub(self, hub: EntityId, devices: Iterable[EntityId]) -> DeviceLink:
        """A new end for the devices of one hub; `devices` includes the hub itself."""
        return _MemoryDeviceLink(self, hub, devices)

    async def join_party(self, link: "_MemoryPartyLink") -> None:
        self._parties.append(link)
        for hub, status in self._statuses.items():
            await self._deliver(link, Arrival(hub, Channel.STATUS, status))

    def leave_party(self, link: "_MemoryPartyLink") -> None:
        self._parties.remove(link)

    async def join_hub(self, link: "_MemoryDeviceLink") -> None:
        for device in link.devices:
            if device in self._hubs:
                raise LinkError(f"device {device} is already behind a hub")
        self._hubs.update(dict.fromkeys(link.devices, link))
        await self._status(link, online=True)

    async def leave_hub(self, link: "_MemoryDeviceLink") -> None:
        for device in link.devices:
            del self._hubs[device]
        await self._status(link, online=False)

    def hub_of(self, device: EntityId) -> "_MemoryDeviceLink":
        try:
            return self._hubs[device]
        except KeyError:
            raise LinkError(f"no hub serves device {device}") from None

    async def to_parties(self, arrival: Arrival) -> None:
        for party in tuple(self._parties):
            await self._deliver(party, arrival)

    async def _status(self, link: "_MemoryDeviceLink", *, online: bool) -> None:
        self._statuses[link.hub] = Presence(online, link.devices).octets()
        await self.to_parties(Arrival(link.hub, Channel.STATUS, self._statuses[link.hub]))

    async def _deliver(self, party: "_MemoryPartyLink", arrival: Arrival) -> None:
        try:
            # Not wait_for: before Python 3.12 it may swallow a cancellation.
            async with asyncio.timeout(self.patience):
                await party.inbox.put(arrival)
        except TimeoutError:
            _LOG.warning("a party does not read: dropped a message of %s", arrival.device)


class _MemoryPartyLink:
    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus
        self.inbox: Inbox[Arrival] = Inbox(bus.capacity)

    async def __aenter__(self) -> Self:
        await self._bus.join_party(self)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bus.leave_party(self)
        self.inbox.close()

    async def send(self, device: EntityId, octets: bytes) -> None:
        check_size(octets)
        hub = self._bus.hub_of(device)
        try:
            async with asyncio.timeout(self._bus.patience):
                await hub.inbox.put(_Command(device, octets))
        except TimeoutError:
            raise LinkError(f"the hub of {device} takes no more messages") from None

    def messages(self) -> AsyncIterator[Arrival]:
        return aiter(self.inbox)


class _MemoryDeviceLink:
    def __init__(self, bus: MemoryBus, hub: EntityId, devices: Iterable[EntityId]) -> None:
        self._bus = bus
        self.hub = hub
        self.devices = tuple(devices)
        self.inbox: Inbox[_Command] = Inbox(bus.capacity)

    async def __aenter__(self) -> Self:
        await self._bus.join_hub(self)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._bus.leave_hub(self)

    async def serve(self, handler: Handler) -> None:
        async for command in self.inbox:
            for octets in handler(command.device, command.octets):
                await self.send(octets)

    async def send(self, octets: bytes) -> None:
        await self._bus.to_parties(address(octets, self.devices))
