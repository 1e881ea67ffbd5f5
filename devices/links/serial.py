"""The link to a board: a party's end that reaches the one device behind a port."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Self, TypeVar

from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.board_protocol import BootRecord, ProtocolError, Result
from firmware_sim.devices.links.bounds import address, check_size
from firmware_sim.devices.links.inbox import Inbox
from firmware_sim.devices.links.link import Arrival, Channel, LinkError
from firmware_sim.devices.links.presence import Presence
from firmware_sim.gbcs.identifiers import EntityId

_LOG = logging.getLogger(__name__)
_CAPACITY = 1024

Answer = TypeVar("Answer")


class SerialLink:
    """A `PartyLink`, and what only a board can do, without blocking the loop.

    Closed when left. A board that is not provisioned can be entered, but reaches no device.

    Args:
        board: a board that is not open yet.
        patience: seconds that a message waits for room when the caller does not read.
    """

    def __init__(self, board: Board, patience: float = 10.0) -> None:
        self.board = board
        self._patience = patience
        self._inbox: Inbox[Arrival] = Inbox(_CAPACITY)

    @property
    def boot(self) -> BootRecord:
        """The board's last boot record."""
        return self.board.boot

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()

        def event(payload: bytes) -> None:
            asyncio.run_coroutine_threadsafe(self._take_event(payload), loop)

        self.board.port.on_event = event
        boot = await asyncio.to_thread(self.board.port.open)
        if boot.entity is not None:
            status = Presence(True, (boot.entity,)).octets()
            await self._inbox.put(Arrival(boot.entity, Channel.STATUS, status))
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.board.port.on_event = None
        await asyncio.to_thread(self.board.port.close)
        self._inbox.close()

    async def send(self, device: EntityId, octets: bytes) -> None:
        await self.exchange(device, octets)

    async def exchange(self, device: EntityId, octets: bytes) -> Result:
        """Send a Command and get what came of it; its messages arrive in `messages` too.

        Raises:
            LinkError: as `send` does; or another device is behind the port.
            DeviceFaultError: the device does not keep to the protocol, or starts anew.
        """
        check_size(octets)
        if device != self.boot.entity:
            behind = self.boot.entity or "no device"
            raise LinkError(f"{behind} is behind {self.board.port.name}, not {device}")
        result = await self.run(lambda board: board.message(octets))
        await self._deliver(result)
        return result

    async def tick(self) -> Result:
        """Let the device do what has fallen due; its messages arrive in `messages` too."""
        result = await self.run(Board.tick)
        await self._deliver(result)
        return result

    async def run(self, ask: Callable[[Board], Answer]) -> Answer:
        """Ask the board for anything else in a thread, e.g. ``await link.run(Board.digest)``."""
        return await asyncio.to_thread(ask, self.board)

    def messages(self) -> AsyncIterator[Arrival]:
        return aiter(self._inbox)

    async def _deliver(self, result: Result) -> None:
        entity = self.boot.entity
        if entity is None:
            return
        for octets in result.messages:
            try:
                arrival = address(octets, (entity,))
            except LinkError as error:
                raise DeviceFaultError(f"{self.board.port.name}: {error}") from error
            await self._put(arrival)

    async def _put(self, arrival: Arrival) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._inbox.put(arrival)
        except TimeoutError:
            _LOG.warning("no reader took it in time: dropped a message of %s", arrival.device)

    async def _take_event(self, payload: bytes) -> None:
        try:
            await self._deliver(Result.parse(payload))
        except (LinkError, ProtocolError) as error:
            _LOG.warning("dropped an event of %s: %s", self.board.port.name, error)
