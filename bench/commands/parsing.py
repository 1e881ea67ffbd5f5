"""Messages that several parts of the bench look at, one after the other: each is parsed once."""

from functools import lru_cache

from firmware_sim.gbcs.message import Message, parse_message


@lru_cache(maxsize=128)  # a command and its answers, of as many devices as are worked with at once
def message_of(octets: bytes) -> Message:
    """The message in these octets, which nobody can change: one object serves all.

    Raises:
        RemoteError: they are no message.
    """
    return parse_message(octets)
