"""What runs devices: the loop between a link and `receive`, and the regular tick."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from firmware_sim.bench.dut.together import until_one_ends
from firmware_sim.devices.links.link import DeviceLink
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, TrustAnchorCellId
from firmware_sim.machine.image.records import Cell
from firmware_sim.machine.machine import Effects

_LOG = logging.getLogger(__name__)

TICK_SECONDS = 1.0


class HostedDevice(Protocol):
    """As much of a device as the loop needs."""

    def receive(self, octets: bytes) -> Effects:
        """Hand over what arrived; no octets make it raise."""

    def tick(self) -> Effects:
        """Let the device do what has fallen due."""


class ServedDevice(HostedDevice, Protocol):
    """A device that is run by itself, with what is told of it."""

    @property
    def device_type(self) -> DeviceType: ...

    @property
    def entity_id(self) -> EntityId: ...

    def cells(self) -> Mapping[TrustAnchorCellId, Cell]:
        """What its flash holds."""


class Handled(NamedTuple):
    """What a device did: `octets` is the message it was given, None for a tick that did work."""

    device: EntityId
    octets: bytes | None
    effects: Effects


class Observer(Protocol):
    """Sees what devices do."""

    def __call__(self, handled: Handled, /) -> None:
        """Called after each message, before what the device answers is sent."""


class DeviceHost:
    """Runs the devices behind one hub.

    Devices are called one at a time and inline: their work is short, and cryptography in a
    thread beside a busy event loop is much slower than here.

    Args:
        link: the hub's end, entered already.
        devices: by Entity Identifier.
        tick_seconds: how often each device looks whether something has fallen due.
    """

    def __init__(
        self,
        link: DeviceLink,
        devices: Mapping[EntityId, HostedDevice],
        *,
        observer: Observer | None = None,
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        self._link = link
        self._devices = devices
        self._observer = observer
        self._tick_seconds = tick_seconds

    async def run(self) -> None:
        """Serve until cancelled.

        Raises:
            LinkError: the link is down and could not be mended.
            BenchError: an image cannot be written any more.
        """
        await until_one_ends(self._link.serve(self._receive), self._tick())

    def _receive(self, device: EntityId, octets: bytes) -> Sequence[bytes]:
        hosted = self._devices.get(device)
        if hosted is None:
            _LOG.warning("dropped a message for %s, which is not hosted here", device)
            return ()
        effects = hosted.receive(octets)
        self._observe(Handled(device, octets, effects))
        return effects.messages

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._tick_seconds)
            for device, hosted in self._devices.items():
                effects = hosted.tick()
                if effects.messages:
                    self._observe(Handled(device, None, effects))
                for octets in effects.messages:
                    await self._link.send(octets)

    def _observe(self, handled: Handled) -> None:
        if self._observer is not None:
            self._observer(handled)
