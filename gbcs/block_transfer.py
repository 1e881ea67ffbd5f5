"""General Block Transfer: a message cut into blocks, and put together again within a bound.

A block proves nothing about its sender (see `gbcs.blocks`): what is put together is a message
like any other, and is authenticated as one.
"""

from collections.abc import Iterable
from typing import Final

from firmware_sim.gbcs.blocks import (
    HEADER_OCTETS,
    Block,
    BlockFault,
    BlockRefused,
    Route,
    parse_block,
)
from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS, parse_message

MAX_BLOCKS: Final = 256
"""A message of more blocks is refused."""

MIN_DATA_OCTETS: Final = MAX_MESSAGE_OCTETS // MAX_BLOCKS
"""With so many octets a block, the longest message has as many blocks as are allowed."""

MAX_DATA_OCTETS: Final = MAX_MESSAGE_OCTETS - HEADER_OCTETS
"""A block is no longer than a message may be."""

_CLAUSE = "GBCS 7.2"


def split_message(octets: bytes, data_octets: int) -> tuple[bytes, ...]:
    """Cut a complete message into blocks with at most so many octets of it each.

    Raises:
        LocalError: not 32 to 8,141 octets a block.
        RemoteError: the octets are no message.
    """
    route = Route.of(parse_message(octets))
    if not MIN_DATA_OCTETS <= data_octets <= MAX_DATA_OCTETS:
        raise LocalError(f"{data_octets} octets a block", clause=_CLAUSE)
    parts = [octets[at : at + data_octets] for at in range(0, len(octets), data_octets)]
    last = len(parts)
    return tuple(
        Block(route, number, part, last=number == last, streaming=number != last).build()
        for number, part in enumerate(parts, start=1)
    )


class Reassembly:
    """The blocks of one message as they arrive; at most 8,192 octets are held.

    A block that is malformed or of another transfer leaves what is held as it was.
    Every other fault ends the transfer: nothing is held any more, and the next block must be a
    first one.
    """

    def __init__(self) -> None:
        """Wait for a first block."""
        self._clear()

    def _clear(self) -> None:
        self._route: Route | None = None
        self._held = bytearray()
        self._number = 0
        self._skipped: tuple[Route, int] | None = None

    @property
    def held(self) -> int:
        """How many octets of a message are held."""
        return len(self._held)

    def add(self, octets: bytes) -> bytes | None:
        """Take a block; the complete message if it was the last one, else None.

        Raises:
            BlockRefused: with the fault.
        """
        block = parse_block(octets)
        if not block.data or not block.number:
            raise BlockRefused(BlockFault.MALFORMED, "it has no data, or number 0")
        if self._route not in (None, block.route):
            raise BlockRefused(BlockFault.OTHER_TRANSFER, "it has another routing header")
        self._check_order(block)
        self._check_size(block)
        self._route, self._number, self._skipped = block.route, block.number, None
        self._held += block.data
        return self._complete(block.route) if block.last else None

    def finish(self) -> None:
        """Say that no more blocks will come; BlockRefused if a message is incomplete."""
        if self._route is not None:
            raise self._ended(
                BlockFault.INCOMPLETE, f"the last of {self._number} blocks is not marked so"
            )

    def _check_order(self, block: Block) -> None:
        due = self._number + 1
        if self._skipped == (block.route, block.number):
            raise self._ended(BlockFault.REORDERED, f"block {block.number} after a later one")
        if block.number > due:
            refused = self._ended(BlockFault.SKIPPED, f"block {block.number}, due was {due}")
            # A first block is never late: the originator starts again with it.
            self._skipped = (block.route, due) if due > 1 else None
            raise refused
        if block.number < due:
            raise self._ended(BlockFault.REPEATED, f"block {block.number}, due was {due}")

    def _check_size(self, block: Block) -> None:
        octets = len(self._held) + len(block.data)
        if octets > MAX_MESSAGE_OCTETS or block.number > MAX_BLOCKS:
            raise self._ended(
                BlockFault.OVERSIZED,
                f"{octets} octets in {block.number} blocks, over {MAX_MESSAGE_OCTETS} "
                f"or over {MAX_BLOCKS}",
            )

    def _complete(self, route: Route) -> bytes:
        octets = bytes(self._held)
        self._clear()
        try:
            message = parse_message(octets)
        except RemoteError as error:
            raise BlockRefused(BlockFault.NOT_THE_MESSAGE, error.reason, error.offset) from error
        if Route.of(message) != route:
            raise BlockRefused(
                BlockFault.NOT_THE_MESSAGE, "its header and the routing header disagree"
            )
        return octets

    def _ended(self, fault: BlockFault, reason: str) -> BlockRefused:
        self._clear()
        return BlockRefused(fault, reason)


def join_blocks(blocks: Iterable[bytes]) -> bytes:
    """The message that complete blocks, in order, make up.

    Raises:
        BlockRefused: with the fault.
    """
    reassembly = Reassembly()
    remaining = iter(blocks)
    for octets in remaining:
        message = reassembly.add(octets)
        if message is not None:
            if next(remaining, None) is not None:
                raise BlockRefused(BlockFault.REPEATED, "a block after the last one")
            return message
    reassembly.finish()
    raise BlockRefused(BlockFault.INCOMPLETE, "no block at all")
