"""One board with one device on it, as a drill works with it."""

import asyncio
from collections.abc import Callable

from firmware_sim.bench.dut.board.blueprint import Blueprint, provision_board
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.links.board import Board, StoreDigest
from firmware_sim.devices.links.board_protocol import Capability, Result, StoreResult
from firmware_sim.devices.links.serial import SerialLink
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import parse_message
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReading
from firmware_sim.machine.refusals import Refusal, RefusalReason

_TEXT = "the board tells the reason, no more"


class HostedBoard:
    """A board whose link is open.

    Args:
        link: entered already.
        read_image: reads the flash past the board, where it can be; None to ask the board.
    """

    def __init__(self, link: SerialLink, read_image: Callable[[], bytes] | None = None) -> None:
        self._link = link
        self._read_image = read_image
        self._shown: ClockReading | None = None
        self._busy = asyncio.Lock()
        self._last: tuple[StoreDigest, bytes] | None = None

    @property
    def entity(self) -> EntityId | None:
        """Whose credentials are on it; None if nobody's."""
        return self._link.boot.entity

    async def manufacture(self, blueprint: Blueprint) -> None:
        """Erase what is on it, and make it the device of a blueprint.

        Raises:
            LinkError: it does not answer, or its store does not come up.
        """

        def make(board: Board) -> None:
            if board.boot.store is not StoreResult.NO_AREA:
                board.erase()
            provision_board(board, blueprint)

        await self._link.run(make)
        self._shown = None

    async def forget(self) -> None:
        """Erase what is on it."""
        if self._link.boot.store is not StoreResult.NO_AREA:
            await self._link.run(Board.erase)

    async def receive(self, octets: bytes, now: ClockReading) -> Effects:
        """Hand a message over, with the clock at `now`.

        Raises:
            LinkError: no answer, or the board started anew.
            BenchError: it refuses for a reason that the protocol does not have.
        """
        async with self._busy:
            await self._show(now)
            return effects_of(octets, await self._link.run(lambda board: board.message(octets)))

    async def tick(self, now: ClockReading) -> Effects:
        """Let the device do what has fallen due at `now`."""
        async with self._busy:
            await self._show(now)
            return effects_of(b"", await self._link.run(Board.tick))

    async def image(self) -> bytes | None:
        """The whole flash; None if nobody can read it."""
        if self._read_image is not None:
            return self._read_image()
        capabilities = self._link.boot.capabilities
        if Capability.READ not in capabilities:
            return None
        async with self._busy:
            if Capability.DIGEST not in capabilities:
                return await self._link.run(Board.read_flash)
            digest = await self._link.run(Board.digest)
            if self._last is None or self._last[0] != digest:
                self._last = digest, await self._link.run(Board.read_flash)
            return self._last[1]

    async def _show(self, now: ClockReading) -> None:
        """Set the clock, if it stands at another time."""
        if now == self._shown or Capability.CLOCK not in self._link.boot.capabilities:
            return
        seconds = int(now.time.timestamp())
        await self._link.run(lambda board: board.set_clock(seconds, now.reliability))
        self._shown = now


def effects_of(octets: bytes, result: Result) -> Effects:
    """A board's result in the words of a simulated device.

    Args:
        octets: the message that it is the result of.

    Raises:
        BenchError: a reason that the protocol does not have.
    """
    if result.reason == 0:
        return Effects(result.messages)
    try:
        reason = RefusalReason(result.reason)
    except ValueError:
        raise BenchError(f"the board refuses for reason {result.reason}, which is none") from None
    try:
        message = parse_message(octets)
    except RemoteError:
        return Effects(result.messages, Refusal(reason, _TEXT))
    refusal = Refusal(reason, _TEXT, message.originator, message.counter, message.code)
    return Effects(result.messages, refusal)
