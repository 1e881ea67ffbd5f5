"""What has come and waits for its reader: bounded, and with an end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")


class _End:
    """Stands in the queue after the last item."""


_END: Final = _End()


class Inbox(Generic[Item]):
    """A queue of at most `capacity` items that several tasks may read.

    Iteration takes each item once and ends when the inbox is closed and empty; if it was
    closed with an error, it raises that error instead.
    """

    def __init__(self, capacity: int) -> None:
        self._items: asyncio.Queue[Item | _End] = asyncio.Queue()
        # Apart from the queue, so that the end always fits.
        self._room = asyncio.Semaphore(capacity)
        self._error: Exception | None = None

    async def put(self, item: Item) -> None:
        """Add an item; waits while the inbox is full."""
        await self._room.acquire()
        self._items.put_nowait(item)

    def close(self, error: Exception | None = None) -> None:
        """Mark the end: readers get what is there, then the end."""
        self._error = self._error or error
        self._items.put_nowait(_END)

    async def __aiter__(self) -> AsyncIterator[Item]:
        while True:
            item = await self._items.get()
            if isinstance(item, _End):
                self._items.put_nowait(_END)  # for the other readers
                if self._error is not None:
                    raise self._error
                return
            self._room.release()
            yield item
