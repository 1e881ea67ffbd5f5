"""Two connected ends and what the party gets, with a bound on every wait."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from firmware_sim.devices.links.link import Arrival, Channel, DeviceLink, Handler, PartyLink
from tests.support.patience import at_most

SECONDS = at_most(60)


async def take(link: PartyLink, count: int, channel: Channel | None = None) -> list[Arrival]:
    """The next `count` arrivals; statuses only if asked for."""
    wanted = [channel] if channel else [Channel.RESPONSE, Channel.ALERT]
    taken: list[Arrival] = []
    async with asyncio.timeout(SECONDS):
        async for arrival in link.messages():
            if arrival.channel in wanted:
                taken.append(arrival)
            if len(taken) == count:
                return taken
    raise AssertionError(f"the link ended after {len(taken)} of {count} arrivals")


async def nothing_comes(link: PartyLink, seconds: float = 0.3) -> Sequence[Arrival]:
    """Every arrival but a status in that time; there should be none."""
    taken: list[Arrival] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for arrival in link.messages():
                taken += [arrival] * (arrival.channel is not Channel.STATUS)
    return taken


@asynccontextmanager
async def serving(link: DeviceLink, handler: Handler) -> AsyncIterator[DeviceLink]:
    """A hub that is connected and serves."""
    async with link:
        task = asyncio.create_task(link.serve(handler))
        try:
            yield link
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
