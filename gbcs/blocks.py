"""A block of a General Block Transfer: part of a message, behind a routing header.

Layout of a block (lengths as in `firmware_sim.gbcs.axdr`)::

    DD 09 <CRA><counter 8>             routing header: whose message this is a part of
       08 <originator> 08 <target>
       00 02 <message code 2> 00
       <length of the rest> 11 00*4
    E0 <control>                       control: 80 last block, 40 streaming, 3F window
       <block number 2> <acknowledged block number 2>
       <length> <data>

No reference message comes in blocks. The fields and their order are those that a public
protocol dissector reads, as is that numbers start at 1 and that a block without data is an
acknowledgement. Inferred, from the MAC header and from DLMS (IEC 62056-5-3): that the length in
the routing header counts everything behind it, that a block has no MAC of its own, and that all
blocks but the last are sent with the streaming bit, so that none waits for an acknowledgement.

A block proves nothing about its sender: what is put together is a message like any other, and
is authenticated as one.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple, Self

from firmware_sim.gbcs.axdr import COUNTER_OCTETS, Reader, counter_octets, length_octets, prefixed
from firmware_sim.gbcs.envelope import (
    CODE_OCTETS,
    MAC_TAG,
    SECURITY_HEADER,
    TRANSACTION_OCTETS,
    Message,
)
from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS

HEADER_OCTETS: Final = 51
"""The most that a block has beside its data."""

_CLAUSE = "GBCS 7.2"
_BLOCK_TAG = 0xE0
_LAST = 0x80
_STREAMING = 0x40
_WINDOW = 0x3F
_NUMBER_OCTETS = 2
_MAX_NUMBER = 0xFFFF


class BlockFault(Enum):
    """Why a block, and with it perhaps the transfer, was refused."""

    MALFORMED = "malformed"
    """Not one block in the layout above, or one that carries nothing."""
    OTHER_TRANSFER = "other transfer"
    """Its routing header is not that of the transfer it arrived in."""
    REPEATED = "repeated"
    SKIPPED = "skipped"
    """A block before it is lost, or comes late."""
    REORDERED = "reordered"
    """It is the block that was skipped, and comes too late."""
    OVERSIZED = "oversized"
    INCOMPLETE = "incomplete"
    """No more blocks, and the last one was not among them."""
    NOT_THE_MESSAGE = "not the message"
    """Put together, the blocks are not the message that their routing header announced."""


class BlockRefused(RemoteError):
    """A block, or the whole transfer, is refused; `fault` says why."""

    def __init__(self, fault: BlockFault, reason: str, offset: int | None = None) -> None:
        self.fault = fault
        super().__init__(f"{fault.value}: {reason}", clause=_CLAUSE, offset=offset)


class Route(NamedTuple):
    """The routing header, which all blocks of a message have in common."""

    cra: CraFlag
    counter: int
    originator: EntityId
    target: EntityId
    code: MessageCode

    @classmethod
    def of(cls, message: Message) -> Self:
        """The routing header of a message's blocks."""
        return cls(message.cra, message.counter, message.originator, message.target, message.code)

    def octets(self) -> bytes:
        """From DD to the key information."""
        return b"".join(
            (
                bytes((MAC_TAG, TRANSACTION_OCTETS, self.cra)),
                counter_octets(self.counter, clause=_CLAUSE),
                prefixed(self.originator),
                prefixed(self.target),
                b"\x00",
                prefixed(self.code.to_bytes(CODE_OCTETS, "big")),
                b"\x00",
            )
        )


@dataclass(frozen=True, slots=True)
class Block:
    """One block.

    Attributes:
        number: 1 for the first block of a message.
        window: blocks that the sender can take in one go, 0 to 63.
        acknowledged: number of the last block that the sender has received; 0 for none.
    """

    route: Route
    number: int
    data: bytes
    last: bool = False
    streaming: bool = False
    window: int = 1
    acknowledged: int = 0

    def build(self) -> bytes:
        """The complete octets.

        Raises:
            LocalError: a field does not fit the layout.
        """
        if not (0 <= self.window <= _WINDOW):
            raise LocalError(f"{self.window} is not a window of 6 bits", clause=_CLAUSE)
        if not all(0 <= number <= _MAX_NUMBER for number in (self.number, self.acknowledged)):
            raise LocalError("a block number has 2 octets", clause=_CLAUSE)
        control = _LAST * self.last | _STREAMING * self.streaming | self.window
        rest = b"".join(
            (
                SECURITY_HEADER,
                bytes((_BLOCK_TAG, control)),
                self.number.to_bytes(_NUMBER_OCTETS, "big"),
                self.acknowledged.to_bytes(_NUMBER_OCTETS, "big"),
                prefixed(self.data),
            )
        )
        return self.route.octets() + length_octets(len(rest)) + rest


def is_block(octets: bytes) -> bool:
    """Whether octets start as a block does, and no message."""
    return octets[:2] == bytes((MAC_TAG, TRANSACTION_OCTETS))


def parse_block(octets: bytes) -> Block:
    """Read one complete block.

    Raises:
        BlockRefused: over 8,192 octets, or not exactly one block in the layout above.
    """
    if len(octets) > MAX_MESSAGE_OCTETS:
        raise BlockRefused(BlockFault.OVERSIZED, f"{len(octets)} octets in one block")
    try:
        return _read_block(Reader(octets, clause=_CLAUSE))
    except BlockRefused:
        raise
    except RemoteError as error:
        raise BlockRefused(BlockFault.MALFORMED, error.reason, error.offset) from error


def _read_block(reader: Reader) -> Block:
    reader.expect(bytes((MAC_TAG, TRANSACTION_OCTETS)), "the routing header")
    cra = reader.cra()
    counter = reader.number(COUNTER_OCTETS, "the Originator Counter")
    originator = reader.entity("the originator")
    target = reader.entity("the target")
    reader.expect(bytes((0, CODE_OCTETS)), "the date-time and the other information")
    code = MessageCode(reader.number(CODE_OCTETS, "the message code"))
    reader.expect(b"\x00", "the key information")
    start = reader.at
    length, follow = reader.length("the routing header"), reader.end - reader.at
    if length != follow:
        text = f"the routing header announces {length} octets, and {follow} follow"
        raise reader.wrong(text, start)
    reader.expect(SECURITY_HEADER + bytes((_BLOCK_TAG,)), "the block")
    control = reader.number(1, "the block control")
    number = reader.number(_NUMBER_OCTETS, "the block number")
    acknowledged = reader.number(_NUMBER_OCTETS, "the acknowledged block number")
    data = reader.counted("the block data")
    reader.finish()
    route = Route(cra, counter, originator, target, code)
    return Block(
        route=route,
        number=number,
        data=data,
        last=bool(control & _LAST),
        streaming=bool(control & _STREAMING),
        window=control & _WINDOW,
        acknowledged=acknowledged,
    )
