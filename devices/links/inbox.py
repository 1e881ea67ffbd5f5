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
        self._capacity = capacity
        self._emptied = asyncio.Event()
        self._error: Exception | None = None

    @property
    def has_room(self) -> bool:
        """Whether one more item is within the capacity."""
        return self._items.qsize() < self._capacity

    async def put(self, item: Item) -> None:
        """Add an item; waits while the inbox is full."""
        await self.room()
        self._items.put_nowait(item)

    def add(self, item: Item) -> None:
        """Add an item at once. Whoever adds so brings no more while there is no room."""
        self._items.put_nowait(item)

    async def room(self) -> None:
        """Wait while the inbox is full."""
        while not self.has_room:
            self._emptied.clear()
            await self._emptied.wait()

    def close(self, error: Exception | None = None) -> None:
        """Mark the end: readers get what is there, then the end."""
        self._error = self._error or error
        # Beyond the capacity, so that the end always fits.
        self._items.put_nowait(_END)

    async def batch(self, limit: int) -> list[Item]:
        """At least one item and at most `limit`, as many as are there; none at the end."""
        taken: list[Item] = []
        item = await self._items.get()
        while not isinstance(item, _End):
            taken.append(item)
            if len(taken) == limit or self._items.empty():
                break
            item = self._items.get_nowait()
        else:
            self._items.put_nowait(_END)  # for the other readers, and for the next call
            if not taken and self._error is not None:
                raise self._error
        self._emptied.set()
        return taken

    async def __aiter__(self) -> AsyncIterator[Item]:
        while batch := await self.batch(1):
            yield batch[0]
