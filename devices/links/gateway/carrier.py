"""What outlives the connections of a gateway: its letters, and what the broker said of itself."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from firmware_sim.devices.links.gateway.outbox import Outbox

FOREVER: Final = 0xFFFF_FFFF
"""Session Expiry Interval of a session that does not end (MQTT 5.0, 3.1.2.11.2)."""

FAILURE: Final = 0x80
"""The least reason code that says no."""

_LOOK_SECONDS: Final = 0.5


class Carrier:
    """Shared by a link and its connections, one after the other.

    Args:
        receive: publications that the broker may send without an answer (Receive Maximum).
        session_seconds: for which the broker keeps the session of a connection that is lost.
        on_back: called when a connection stands, before anything is sent on it. A broker that
            remembers the session may still have lost what was in it.

    Attributes:
        window: what the broker takes in return.
        was_subscribed: the broker was asked for everything once.
    """

    def __init__(
        self, receive: int, session_seconds: int, on_back: Callable[[], None] | None = None
    ) -> None:
        self.receive = receive
        self.session_seconds = session_seconds
        self.outbox = Outbox()
        self.window = 0
        self.was_subscribed = False
        self._on_back = on_back
        self._pump: Callable[[], None] | None = None
        self._moved = asyncio.Event()

    def came_up(self, pump: Callable[[], None], *, is_resumed: bool) -> None:
        """A connection stands; `pump` sends what is due."""
        self._pump = pump
        if self._on_back is not None:
            self._on_back()
        self.outbox.resume(self.window, is_resumed=is_resumed)
        pump()

    def went_down(self) -> None:
        """The connection is gone; letters wait for the next."""
        self._pump = None
        self.outbox.stop()

    def send(self) -> None:
        """Letters were added: let them go, if there is a connection."""
        if self._pump is not None:
            self._pump()

    def answered(self, number: int, code: int) -> bool:
        """See `Outbox.answered`."""
        self._moved.set()
        return self.outbox.answered(number, code)

    async def room(self, check: Callable[[], None]) -> None:
        """Wait while the outbox is full; `check` raises if that will not end."""
        while not self.outbox.has_room:
            check()
            self._moved.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._moved.wait()
