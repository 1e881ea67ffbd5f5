"""The clocks that devices under test look at: one that stands still, and one that runs."""

from datetime import UTC, datetime, timedelta

from firmware_sim.machine.ports import ClockReading, ClockReliability

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""When every experiment begins, so that the same seed gives the same octets on every run."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

UNSET = ClockReading(_EPOCH, ClockReliability.INVALID)
"""What a device's clock shows after a power-on, until it is set."""


class StillClock:
    """Stands still until it is put elsewhere, so that a run replays to the octet.

    Args:
        time: aware and in UTC.
    """

    def __init__(
        self,
        time: datetime = START,
        reliability: ClockReliability = ClockReliability.RELIABLE,
    ) -> None:
        self._reading = ClockReading(time, reliability)

    @property
    def time(self) -> datetime:
        """The present moment."""
        return self._reading.time

    def now(self) -> ClockReading:
        return self._reading

    def put(self, reading: ClockReading) -> None:
        """Put the clock to a reading, to an earlier one too."""
        self._reading = reading

    def put_time(self, time: datetime) -> None:
        """Put the clock to a time; its reliability stays as it is."""
        self._reading = self._reading._replace(time=time)

    def advance(self, minutes: int) -> None:
        """Put the clock forward."""
        self.put_time(self.time + timedelta(minutes=minutes))


class RunningClock:
    """Runs as the operating system's clock does; always reliable.

    Args:
        start: what it shows at first; None for the operating system's own time.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._ahead = timedelta() if start is None else start - datetime.now(UTC)

    def now(self) -> ClockReading:
        return ClockReading(datetime.now(UTC) + self._ahead, ClockReliability.RELIABLE)


def posix_seconds(reading: ClockReading) -> int:
    """The time of a reading in whole seconds since 1970-01-01 UTC."""
    return int((reading.time - _EPOCH).total_seconds())


def reading_at(seconds: int, reliability: ClockReliability) -> ClockReading:
    """A reading so many seconds after 1970-01-01 UTC."""
    return ClockReading(datetime.fromtimestamp(seconds, UTC), reliability)
