"""What a story's links do to a message: it follows from the seed, the device and the number."""

from enum import Enum
from fractions import Fraction
from hashlib import sha256
from math import ceil
from typing import Final

from firmware_sim.bench.drills.link_terms import LinkTerms
from firmware_sim.gbcs.identifiers import EntityId

_SCALE: Final = 1 << 64


class Passage(Enum):
    """What the link does to a command and to the answer to it."""

    SMOOTH = "smooth"
    COMMAND_LOST = "command lost"
    ANSWER_LOST = "answer lost"
    ANSWER_LATE = "answer late"


class LinkChance:
    """The links of one drill.

    Args:
        unreachable: devices that no message reaches.
        seed: decides what happens to which message.
    """

    def __init__(self, terms: LinkTerms, unreachable: frozenset[EntityId], seed: bytes) -> None:
        self.unreachable = unreachable
        self._mark = sha256(seed + b"links").digest()
        self._loss = _bound(terms.loss)
        self._late = _bound(None if terms.late is None else terms.late.share)
        self._duplicate = _bound(terms.duplicate)

    def passage(self, device: EntityId, number: int) -> Passage:
        """Of the message with this number to that device alone, from 0."""
        if device in self.unreachable or self._happens(device, number, b"command", self._loss):
            return Passage.COMMAND_LOST
        if self._happens(device, number, b"answer", self._loss):
            return Passage.ANSWER_LOST
        if self._happens(device, number, b"late", self._late):
            return Passage.ANSWER_LATE
        return Passage.SMOOTH

    def is_doubled(self, device: EntityId, number: int) -> bool:
        """Whether that message arrives twice, if it arrives."""
        return self._happens(device, number, b"duplicate", self._duplicate)

    def _happens(self, device: EntityId, number: int, what: bytes, bound: int) -> bool:
        if not bound:
            return False
        digest = sha256(self._mark + device + number.to_bytes(8) + what).digest()
        return int.from_bytes(digest[:8]) < bound


def _bound(share: Fraction | None) -> int:
    """Of all numbers of 64 bits, so many are below it as the share says."""
    return 0 if share is None else ceil(share * _SCALE)
