"""A clock that shows 2 March 2026, nine o'clock, for ever."""

from datetime import UTC, datetime

from firmware_sim.machine.ports import ClockReading, ClockReliability


class StillClock:
    def now(self) -> ClockReading:
        return ClockReading(datetime(2026, 3, 2, 9, tzinfo=UTC), ClockReliability.RELIABLE)
