"""The same work at many devices, some at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

from firmware_sim.bench.commands.counters import devices_in_any_order
from firmware_sim.bench.drills.safe_point import safe_point
from firmware_sim.bench.progress import Progress

AT_ONCE = 32
"""Devices that are worked with at the same time: enough to hide a link's delay, few enough for
a broker's queues."""

T = TypeVar("T")


async def for_each(
    items: Collection[T], work: Callable[[T], Awaitable[None]], progress: Progress, title: str
) -> None:
    """Do the work for every item; the first exception ends all of it and is raised as it is.

    Which device is first done with, chance decides over a link. So the work must leave nothing
    behind that depends on it: neither counters, nor rows that are of no device.
    """
    progress.start(len(items), title)
    waiting = iter(items)

    async def work_on() -> None:
        for item in waiting:
            # In memory nothing waits: without this no interruption is seen before the last item.
            await safe_point()
            with devices_in_any_order():
                await work(item)
            progress.advance()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(items))):
                group.create_task(work_on())
    except BaseExceptionGroup as raised:
        raise raised.exceptions[0] from None
