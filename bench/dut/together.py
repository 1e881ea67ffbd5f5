"""Several loops that serve one purpose: when one ends, so do the others."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def until_one_ends(*loops: Coroutine[Any, Any, None]) -> None:
    """Run them until one ends, and cancel the others; raises what that one raised."""
    tasks = {asyncio.create_task(each) for each in loops}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
