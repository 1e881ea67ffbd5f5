"""A real board as a device that a host runs: the loop calls it, the line carries it."""

import logging
import queue

from bench.errors import BenchError
from bench.host.clock import SystemClock
from bench.targets.hosted_board import effects_of
from devices.links.board import Board
from devices.links.board_errors import BoardResetError
from devices.links.board_protocol import Capability, ProtocolError, Result
from devices.links.link import LinkError
from firmware_sim.machine import Effects
from gbcs.identifiers import EntityId

_LOG = logging.getLogger(__name__)


class BridgedBoard:
    """The one device on an open board; its clock is this machine's from now on.

    Args:
        board: provisioned.

    Raises:
        BenchError: it has no device on it.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._events: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        if board.boot.entity is None:
            raise BenchError(
                f"the board at {board.port.name} is not provisioned",
                "firmware-sim board provision does it",
            )
        self.entity: EntityId = board.boot.entity
        board.port.on_event = self._events.put
        self._set_clock()

    def receive(self, octets: bytes) -> Effects:
        """Hand over what arrived; a board that starts anew meanwhile has not answered.

        Raises:
            BenchError: the board is gone, or does not keep to the protocol.
        """
        try:
            return effects_of(octets, self._board.message(octets))
        except BoardResetError as error:
            _LOG.warning("%s", error)
            self._set_clock()
            return Effects()
        except LinkError as error:
            raise BenchError(str(error), "plug it in again, and start the bridge anew") from error

    def tick(self) -> Effects:
        """What the board has sent by itself since: its own clock makes it tick."""
        messages: list[bytes] = []
        while not self._events.empty():
            try:
                messages += Result.parse(self._events.get_nowait()).messages
            except ProtocolError as error:
                _LOG.warning("dropped an event: %s", error)
        return Effects(tuple(messages))

    def _set_clock(self) -> None:
        if Capability.CLOCK not in self._board.boot.capabilities:
            return
        now = SystemClock().now()
        try:
            self._board.set_clock(int(now.time.timestamp()), now.reliability, runs=True)
        except LinkError as error:
            raise BenchError(str(error)) from error
