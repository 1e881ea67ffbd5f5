"""The hubs of a drill at their broker: some connect at a time, and some leave at a time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from firmware_sim.devices.links.mqtt import MqttDeviceLink

HUBS_AT_ONCE = 16
"""Hubs that connect at the same time: a broker may bound its backlog of connections."""

_GOODBYE_SECONDS = 1.0
"""For all hubs together, if the drill was interrupted: a person waits for its end."""


@asynccontextmanager
async def connected(
    links: Sequence[MqttDeviceLink], at_once: int = HUBS_AT_ONCE
) -> AsyncIterator[None]:
    """Every link is up for as long as the context lasts.

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
        yield
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
