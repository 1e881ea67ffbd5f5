"""Whether what waits is due."""

from firmware_sim.machine.context import Context, posix_seconds
from firmware_sim.machine.ports import ClockReliability


def is_due(context: Context, due: int) -> bool:
    """Whether a time (POSIX seconds) has come; by policy never while the clock is invalid."""
    reading = context.clock.now()
    waits = reading.reliability is ClockReliability.INVALID
    if waits and context.policy.invalid_clock == "wait":
        return False
    return due <= posix_seconds(reading.time)


def can_be_withdrawn(context: Context, due: int) -> bool:
    """One that is due is as good as done: what happens must not hang on when a tick comes."""
    is_open = context.policy.overdue_command == "can-be-cancelled"
    return is_open or not is_due(context, due)
