"""The hubs of a drill at their broker: some connect at a time, and some leave at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Self

from firmware_sim.devices.links.mqtt import MqttDeviceLink
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.identifiers import EntityId

HUBS_AT_ONCE = 16
"""Hubs that connect at the same time: a broker may bound its backlog of connections."""

_GOODBYE_SECONDS = 1.0
"""For all hubs together, if the drill was interrupted: a person waits for its end."""


@asynccontextmanager
async def connected(
    links: Sequence[MqttDeviceLink], at_once: int = HUBS_AT_ONCE
) -> AsyncIterator[list[MqttDeviceLink]]:
    """Every link is up for as long as the context lasts: those in the list that it gives.

    Cancelled, it takes a second to leave in order, and hangs up on what remains: the broker then
    publishes wills, and keeps sessions that the next drill of the same devices clears.

    Raises:
        LinkError: one cannot connect; the others have been left.
    """
    gate = asyncio.Semaphore(at_once)
    up: list[MqttDeviceLink] = []

    async def connect(link: MqttDeviceLink) -> None:
        async with gate:
            await link.__aenter__()
            up.append(link)

    seconds = None
    try:
        # Every attempt ends before the first failure is raised.
        for failure in await asyncio.gather(*map(connect, links), return_exceptions=True):
            if failure is not None:
                raise failure
        yield up
    except asyncio.CancelledError:
        seconds = _GOODBYE_SECONDS
        raise
    finally:
        await _left(up, gate, seconds)


async def _left(
    links: Sequence[MqttDeviceLink], gate: asyncio.Semaphore, seconds: float | None
) -> None:
    async def leave(link: MqttDeviceLink) -> None:
        async with gate:
            await link.__aexit__(None, None, None)

    try:
        async with asyncio.timeout(seconds):
            await asyncio.gather(*map(leave, links), return_exceptions=True)
    except TimeoutError:
        for link in links:
            link.hang_up()


Serve = Callable[[MqttDeviceLink, Iterable[EntityId]], Coroutine[None, None, None]]
"""Lets devices answer over a link, until cancelled."""


class ServedHubs:
    """The hubs of a drill while they are served: one may leave, and another come in its place.

    Args:
        up: links that are up, of a `connected` that ends later: those that come are added.
    """

    def __init__(self, options: MqttOptions, up: list[MqttDeviceLink]) -> None:
        self._options = options
        self._up = up
        self._tasks: dict[EntityId, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def serve(self, link: MqttDeviceLink, home: Premises, serve: Serve) -> None:
        """Let the devices behind a hub that is connected answer."""
        self._tasks[link.hub] = asyncio.create_task(serve(link, home.devices))

    async def leave(self, hub: EntityId) -> None:
        """Disconnect a hub, and serve it no more."""
        task = self._tasks.pop(hub)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        [link] = [each for each in self._up if each.hub == hub]
        self._up.remove(link)
        await link.__aexit__(None, None, None)

    async def join(self, home: Premises, serve: Serve) -> None:
        """Connect a new hub, and serve the devices behind it.

        Raises:
            LinkError: it cannot connect.
        """
        link = MqttDeviceLink(home.hub, home.devices, self._options, lasting=False)
        await link.__aenter__()
        self._up.append(link)
        self.serve(link, home, serve)
