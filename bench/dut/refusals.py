"""What a firmware tells of an input, in the words of a simulated device."""

from collections.abc import Iterable

from firmware_sim.bench.commands.parsing import message_of
from firmware_sim.bench.errors import BenchError
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import Refusal, RefusalReason

_TEXT = "the firmware tells the reason, no more"


def effects_of(octets: bytes, messages: Iterable[bytes], reason: int) -> Effects:
    """The messages that a firmware sent, and its refusal.

    Args:
        octets: what it was given.
        reason: the number of a `RefusalReason`, 0 if it refused nothing.

    Raises:
        BenchError: a reason that the protocol does not have.
    """
    if reason == 0:
        return Effects(tuple(messages))
    try:
        known = RefusalReason(reason)
    except ValueError:
        raise BenchError(f"the firmware refuses for reason {reason}, which is none") from None
    try:
        message = message_of(octets)
    except RemoteError:
        return Effects(tuple(messages), Refusal(known, _TEXT))
    refusal = Refusal(known, _TEXT, message.originator, message.counter, message.code)
    return Effects(tuple(messages), refusal)
