"""How long things really take: a drill's own clock shows the time of its story."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self


@dataclass(slots=True)
class Lap:
    """One step on the bench's own clocks.

    Attributes:
        started: real time at its beginning, aware.
    """

    started: datetime
    _begin: float
    _last: float

    @classmethod
    def begin(cls) -> Self:
        """Now."""
        now = time.monotonic()
        return cls(datetime.now(UTC), now, now)

    def since_last(self) -> float:
        """Seconds since the last call, or since the beginning before the first."""
        before, self._last = self._last, time.monotonic()
        return round(self._last - before, 6)

    def whole(self) -> float:
        """Seconds since the beginning."""
        return round(time.monotonic() - self._begin, 6)
