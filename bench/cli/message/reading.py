"""One message read for a person: what it says, where it is not DER, and what is wrong with it."""

from dataclasses import dataclass, field, replace
from typing import Final

from firmware_sim.bench.cli.message.fields import (
    block_fields,
    block_headline,
    envelope_fields,
    headline,
)
from firmware_sim.bench.cli.message.payload import opaque_fields, payload_fields, reader_of
from firmware_sim.bench.cli.message.payload_words import Fields
from firmware_sim.bench.cli.message.use_payload import Opener, closed
from firmware_sim.bench.commands.ber import Departure, to_der
from firmware_sim.gbcs.blocks import is_block, parse_block
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.use_cases import CS02D, GENERIC_CRITICAL_ALERT

_OCTETS_A_LINE: Final = 16
_LINES_AROUND: Final = 1

# Payloads that we read and that are no DER of ours: an alert of another protocol, and a
# certificate, which a reader that mends it would make invalid.
_NOT_MENDED: Final = ((CraFlag.ALERT, GENERIC_CRITICAL_ALERT), (CraFlag.COMMAND, CS02D))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong; `offset` counts from the first octet of the message."""

    reason: str
    offset: int
    clause: str = ""

    def __str__(self) -> str:
        clause = f" [{self.clause}]" if self.clause else ""
        return f"{self.reason}, at octet {self.offset}{clause}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of some octets.

    Attributes:
        fields: None if the envelope does not parse.
        departures: places in the payload that are not DER; their offsets count from the first
            octet of the message. Wrong unless they are tolerated.
        problem: None if the whole message was read.
    """

    octets: bytes
    headline: str = ""
    fields: Fields | None = None
    departures: tuple[Departure, ...] = field(default=())
    problem: Problem | None = None


def read_for_people(octets: bytes, *, tolerant: bool, opener: Opener = closed) -> Reading:
    """Read a message, or a block of one; nothing in the octets raises.

    Args:
        tolerant: read a payload that is BER but not DER as if it were DER, and say so.
        opener: opens the encrypted items of this message.
    """
    try:
        if is_block(octets):
            block = parse_block(octets)
            return Reading(octets, block_headline(block), block_fields(block))
        message = parse_message(octets)
    except RemoteError as error:
        offset = 0 if error.offset is None else error.offset
        return Reading(octets, problem=Problem(error.reason, offset, error.clause))
    start = payload_start(message)
    mended, departures, problem = _mended(message, start)
    if problem is None and departures and not tolerant:
        first = departures[0]
        problem = Problem(f"the payload is not DER: {first.what}", first.offset, "X.690 10.1")
    payload = opaque_fields(message)
    if problem is None:
        try:
            payload = payload_fields(replace(message, payload=mended), opener)
        except RemoteError as error:
            # An offset in mended octets would be another one in the original.
            at = 0 if error.offset is None or departures else error.offset
            problem = Problem(error.reason, start + at, error.clause)
    fields = {**envelope_fields(message), "payload": payload}
    return Reading(octets, headline(message), fields, departures, problem)


def payload_start(message: Message) -> int:
    """Offset of the payload in the octets of a message."""
    behind = len(message.payload)
    if message.signature is not None:
        behind += 1 + len(message.signature)
    if message.mac is not None:
        behind += len(message.mac)
    return len(message.build()) - behind


def excerpt(octets: bytes, offset: int) -> list[tuple[int, bytes]]:
    """Lines of 16 octets around an offset, each with the offset of its first octet."""
    middle = min(offset, max(len(octets) - 1, 0)) // _OCTETS_A_LINE
    first = max(middle - _LINES_AROUND, 0)
    starts = range(
        first * _OCTETS_A_LINE, (middle + _LINES_AROUND + 1) * _OCTETS_A_LINE, _OCTETS_A_LINE
    )
    return [
        (start, octets[start : start + _OCTETS_A_LINE]) for start in starts if start < len(octets)
    ]


def _mended(message: Message, start: int) -> tuple[bytes, tuple[Departure, ...], Problem | None]:
    """The payload in DER if it is DER that we read; else as it is."""
    kind = (message.cra, message.code)
    if reader_of(*kind) is None or kind in _NOT_MENDED:
        return message.payload, (), None
    try:
        mended, found = to_der(message.payload)
    except RemoteError as error:
        problem = Problem(error.reason, start + (error.offset or 0), error.clause)
        return message.payload, (), problem
    return mended, tuple(Departure(start + each.offset, each.what) for each in found), None
