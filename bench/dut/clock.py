"""The clock of this machine, as a device sees it."""

from datetime import UTC, datetime

from firmware_sim.machine.ports import ClockReading, ClockReliability


class SystemClock:
    """The operating system's time, which the device is told to trust."""

    def now(self) -> ClockReading:
        return ClockReading(datetime.now(UTC), ClockReliability.RELIABLE)
