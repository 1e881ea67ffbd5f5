"""The security log: a ring of what authenticated parties did, and tallies of what was refused.

An event enters the ring only through an authenticated command, so refusals cannot push it out.
What changed a credential has places of its own: commands that change none, which a stolen key makes
without end, cannot push out the record of what the key was used for.
A refusal is counted under its reason, known and unknown senders apart, and the count becomes
durable when it reaches 1, 2, 4, 8, …: a flood of any length costs a handful of writes, and a
power cut takes away less than half of a count.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

from firmware_sim.gbcs.identifiers import EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.machine.context import Context, posix_seconds
from firmware_sim.machine.image.layout import CHANGE_PLACES, RING_PLACES
from firmware_sim.machine.image.records import LogEvent, LogTally
from firmware_sim.machine.refusals import Refusal
from firmware_sim.machine.state import Changes

_NO_ORIGINATOR = bytes(8)


class EventCode(IntEnum):
    """Events of the ring, by their alert or event code; one without has a number below 8000."""

    UPDATE_SECURITY_CREDENTIALS = 0x8F70
    FUTURE_DATED_COMMAND_STORED = 0x0002
    FUTURE_DATED_COMMAND_CANCELLED = 0x0003
    FIRMWARE_ACTIVATED = 0x0004
    SIGNING_CERTIFICATE_NOT_REPLACED = 0x8F4C
    SIGNING_CERTIFICATE_REPLACED = 0x8F4D
    AGREEMENT_CERTIFICATE_NOT_REPLACED = 0x8F4E
    AGREEMENT_CERTIFICATE_REPLACED = 0x8F4F
    KEY_PAIR_GENERATED = 0x0001


class LogSubject(NamedTuple):
    """The command that an event is about."""

    originator: EntityId
    counter: int
    code: MessageCode


class RefusalTallies:
    """Counts of refusals since ever; the last few of each may be in RAM only."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._counts = {key: tally.refusals for key, tally in context.state.tallies.items()}

    def count(self, refusal: Refusal) -> LogTally | None:
        """Count one more refusal; the record to make durable, if its count has doubled."""
        state = self._context.state
        is_known = any(cell.unique_id == refusal.originator for cell in state.cells.values())
        key = (int(refusal.reason), is_known)
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if count & (count - 1):
            return None
        now = posix_seconds(self._context.clock.now().time)
        held = state.tallies.get(key)
        first = now if held is None else held.first_time
        originator = bytes(refusal.originator or _NO_ORIGINATOR)
        return LogTally(refusal.reason, is_known, count, first, now, originator)


def log_event(
    context: Context,
    changes: Changes,
    code: EventCode,
    subject: Message | LogSubject,
    detail: str,
    *,
    is_change: bool = False,
) -> None:
    """Add an event to what a command changes; `detail` has at most 32 ASCII characters.

    Args:
        subject: the command, or what is left of it.
        is_change: whether the command changes a credential.
    """
    reading = context.clock.now()
    log = context.state.log
    changes.put(
        LogEvent(
            _place(log, is_change=is_change),
            1 + max([event.sequence for event in log.values()], default=0),
            code,
            posix_seconds(reading.time),
            reading.reliability,
            bytes(subject.originator),
            subject.counter,
            subject.code,
            detail,
        )
    )


def _place(log: Mapping[int, LogEvent], *, is_change: bool) -> int:
    """The first free place of its kind, else that of the oldest event there."""
    places = range(CHANGE_PLACES) if is_change else range(CHANGE_PLACES, RING_PLACES)
    for place in places:
        if place not in log:
            return place
    return min(places, key=lambda place: log[place].sequence)
