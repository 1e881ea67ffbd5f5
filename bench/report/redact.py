"""Keep secrets out of everything a run leaves behind.

One secret travels: the Contingency Symmetric Key, in clear, inside the command anyByContingency.
It is found twice: by decoding the command, and by value, so that a copy of the command that an
attacker has mangled past decoding is covered too.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from gbcs.errors import GbcsError
from gbcs.identifiers import CraFlag
from gbcs.message import Message, parse_message
from gbcs.payloads.update_credentials import UpdateCommand
from gbcs.replacement import REPLACEMENT_RULES, ReplacementMode

BLANKED = "[blanked]"

_CONTINGENCY = REPLACEMENT_RULES[ReplacementMode.ANY_BY_CONTINGENCY].code
_SYMMETRIC_KEY_OCTETS = 16
_SHORTEST_SECRET = 8


class Redacted(NamedTuple):
    """Octets of the same length with zeroes for every secret; `blanked` if there was one."""

    octets: bytes
    blanked: bool


class Redactor:
    """Blanks secrets; remembers each that it is told of or meets.

    Args:
        enabled: False only where the run was asked for its keys (``--with-keys``).
    """

    def __init__(self, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._secrets: set[bytes] = set()

    def guard(self, secret: bytes) -> None:
        """Blank these octets wherever they appear from now on.

        Raises:
            ValueError: fewer than 8 octets, which would blank things that are not secret.
        """
        if len(secret) < _SHORTEST_SECRET:
            raise ValueError(f"{len(secret)} octets are too few to be searched for")
        self._secrets.add(bytes(secret))

    def octets(self, octets: bytes) -> Redacted:
        """The octets of one message as they may be kept."""
        if not self.enabled:
            return Redacted(octets, blanked=False)
        here = set(_travelling_secrets(octets))
        # Only a key of the right length is looked for elsewhere: an attacker chooses the others.
        self._secrets |= {secret for secret in here if len(secret) == _SYMMETRIC_KEY_OCTETS}
        blank = octets
        for secret in self._secrets | here:
            blank = blank.replace(secret, bytes(len(secret)))
        return Redacted(blank, blanked=blank != octets)

    def text(self, text: str) -> str:
        """The text without the hexadecimal form of any secret."""
        if not self.enabled:
            return text
        for secret in self._secrets:
            for form in (secret.hex(), secret.hex().upper()):
                text = text.replace(form, BLANKED)
        return text


def parsed(octets: bytes) -> Message | None:
    """The message in these octets, or None if they are not one."""
    try:
        return parse_message(octets)
    except GbcsError:
        return None


def _travelling_secrets(octets: bytes) -> Iterator[bytes]:
    message = parsed(octets)
    if message is None or message.code != _CONTINGENCY or message.cra is not CraFlag.COMMAND:
        return
    with suppress(GbcsError):
        key = UpdateCommand.decode(message.payload).control.symmetric_key
        if key:
            yield key
