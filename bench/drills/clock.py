"""The drill's clock: everything that a message says of time comes from it."""

from datetime import datetime, timedelta

from firmware_sim.machine.ports import ClockReading, ClockReliability


class DrillClock:
    """Stands still until it is put forward, so that a run replays to the octet.

    Args:
        start: aware.
    """

    def __init__(self, start: datetime) -> None:
        self._time = start

    @property
    def time(self) -> datetime:
        """The present moment of the drill."""
        return self._time

    def now(self) -> ClockReading:
        """The reading that devices get: always reliable."""
        return ClockReading(self._time, ClockReliability.RELIABLE)

    def advance(self, minutes: int) -> None:
        """Put the clock forward."""
        self._time += timedelta(minutes=minutes)
