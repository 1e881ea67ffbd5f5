"""What a story's links do to a message: it follows from the seed, the device and the number."""

from enum import Enum
from fractions import Fraction
from hashlib import sha256
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
        self.terms = terms
        self._mark = sha256(seed + b"links").digest()

    def passage(self, device: EntityId, number: int) -> Passage:
        """Of the message with this number to that device alone, from 0."""
        terms = self.terms
        if device in self.unreachable or self._happens(device, number, b"command", terms.loss):
            return Passage.COMMAND_LOST
        if self._happens(device, number, b"answer", terms.loss):
            return Passage.ANSWER_LOST
        late = None if terms.late is None else terms.late.share
        if self._happens(device, number, b"late", late):
            return Passage.ANSWER_LATE
        return Passage.SMOOTH

    def is_doubled(self, device: EntityId, number: int) -> bool:
        """Whether that message arrives twice, if it arrives."""
        return self._happens(device, number, b"duplicate", self.terms.duplicate)

    def _happens(self, device: EntityId, number: int, what: bytes, share: Fraction | None) -> bool:
        if share is None:
            return False
        digest = sha256(self._mark + device + number.to_bytes(8) + what).digest()
        return Fraction(int.from_bytes(digest[:8]), _SCALE) < share
