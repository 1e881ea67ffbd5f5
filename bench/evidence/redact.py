"""Keep secrets out of what people read and pass on: reports, logs, traces of a line.

The ledger, the messages and the images of a run hold every key of its drill, and say so: its seed
gives them all (decision 0031).

One secret travels: the Contingency Symmetric Key, in clear, inside the command anyByContingency.
It is found twice: by decoding the command, and by value, so that a copy of the command that an
attacker has altered so that it does not decode is covered too.
"""

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode

BLANKED = "[blanked]"

_CONTINGENCY = REPLACEMENT_RULES[ReplacementMode.ANY_BY_CONTINGENCY].code
_CODE = _CONTINGENCY.to_bytes(2, "big")
_SYMMETRIC_KEY_OCTETS = 16
_HEAD_OCTETS = 8
_SHORT, _KEPT = 256, 4096
"""So many short texts are remembered."""
_HEAD = struct.Struct("<Q")
_HEXADECIMAL = re.compile(f"[0-9a-fA-F]{{{2 * _HEAD_OCTETS},}}")


class Redacted(NamedTuple):
    """Octets of the same length with zeroes for every secret; `blanked` if there was one."""

    octets: bytes
    blanked: bool


class Redactor:
    """Blanks secrets: those given to `guard`, and those that it finds in messages."""

    def __init__(self) -> None:
        # By their first octets: a large run has thousands, and a message is searched only once.
        self._secrets: dict[int, set[bytes]] = {}
        self._heads: set[int] = set()
        # What a text was made: a step says the same of many devices. No secret came since.
        self._texts: dict[str, str] = {}

    def guard(self, secret: bytes) -> None:
        """Blank these octets wherever they appear from now on.

        Raises:
            ValueError: fewer than 8 octets, which would blank things that are not secret.
        """
        if len(secret) < _HEAD_OCTETS:
            raise ValueError(f"{len(secret)} octets are too few to be searched for")
        (head,) = _HEAD.unpack_from(secret)
        self._heads.add(head)
        self._secrets.setdefault(head, set()).add(bytes(secret))
        self._texts.clear()

    def octets(self, octets: bytes) -> Redacted:
        """The octets of one message as they may be kept."""
        blank = octets
        for secret in self.learn(octets):
            blank = blank.replace(secret, bytes(len(secret)))
        blank = self._without_known(blank)
        return Redacted(blank, blanked=blank != octets)

    def learn(self, octets: bytes) -> list[bytes]:
        """The secrets that travel in one message; from now on they are blanked elsewhere too."""
        found = list(_travelling_secrets(octets))
        for secret in found:
            # Only a key of the right length is looked for elsewhere: an attacker chooses others.
            if len(secret) == _SYMMETRIC_KEY_OCTETS:
                self.guard(secret)
        return found

    def text(self, text: str) -> str:
        """The text without any secret in hexadecimal, in capitals or not."""
        known = self._texts.get(text)
        if known is None:
            known = _HEXADECIMAL.sub(self._checked_digits, text)
            if len(text) <= _SHORT and len(self._texts) < _KEPT:
                self._texts[text] = known
        return known

    def _without_known(self, octets: bytes) -> bytes:
        for head in self._heads_in(octets):
            for secret in self._secrets[head]:
                octets = octets.replace(secret, bytes(len(secret)))
        return octets

    def _heads_in(self, octets: bytes) -> set[int]:
        """Which secrets begin somewhere in the octets; each eight in a row are read as a number."""
        found: set[int] = set()
        for start in range(min(_HEAD_OCTETS, len(octets) - _HEAD_OCTETS + 1)):
            numbers = (len(octets) - start) // _HEAD_OCTETS
            there = struct.unpack_from(f"<{numbers}Q", octets, start)
            found |= self._heads.intersection(there)
        return found

    def _checked_digits(self, found: re.Match[str]) -> str:
        """The digits found, or the mark if a secret stands in them, at an odd place even."""
        digits = found[0]
        for odd in (0, 1):
            length = (len(digits) - odd) // 2 * 2
            octets = bytes.fromhex(digits[odd : odd + length])
            if self._without_known(octets) != octets:
                return BLANKED
        return digits


@lru_cache(maxsize=16)  # the ledger asks for each message twice in a row
def parsed(octets: bytes) -> Message | None:
    """The message in these octets, or None if they are not one."""
    try:
        return parse_message(octets)
    except GbcsError:
        return None


def _travelling_secrets(octets: bytes) -> Iterator[bytes]:
    if _CODE not in octets:
        return
    message = parsed(octets)
    if message is None or message.code != _CONTINGENCY or message.cra is not CraFlag.COMMAND:
        return
    with suppress(GbcsError):
        key = UpdateCommand.decode(message.payload).control.symmetric_key
        if key:
            yield key
