"""Whether round trips look as if TCP held small packets back at the broker (Nagle's algorithm)."""

from collections import deque
from typing import Final

SHORTEST, LONGEST = 0.037, 0.060
"""Linux delays an acknowledgement by 40 ms; what waits for it comes a little later, in seconds."""

ENOUGH: Final = 8
"""Round trips one behind the other before anything is said."""

_MOST: Final = 0.9
_FORGOTTEN_SECONDS: Final = 1.0

WARNING: Final = (
    "answers take %.0f ms each: it looks as if Nagle's algorithm is on at the broker "
    "(mend: set_tcp_nodelay true in mosquitto.conf)"
)


class RoundTrips:
    """Looks at round trips of which one at a time was under way; others say nothing.

    A device that takes some 40 ms by itself looks the same, so a user is told, and nothing else.
    """

    def __init__(self) -> None:
        self._seen: deque[float] = deque(maxlen=ENOUGH)
        self._since: float | None = None
        self._last = 0.0
        self._under_way = 0
        self.was_told = False

    def sent(self, now: float) -> None:
        """A command leaves, at a time in seconds."""
        if now - self._last > _FORGOTTEN_SECONDS:
            self._under_way = 0  # what had no answer until now is not waited for
        self._last = now
        self._under_way += 1
        self._since = now if self._under_way == 1 else None

    def came(self, now: float) -> float | None:
        """An answer came; the typical time in seconds, once, if it looks like it."""
        if self._since is not None and self._under_way == 1:
            self._seen.append(now - self._since)
        self._under_way, self._since = max(0, self._under_way - 1), None
        if self.was_told or len(self._seen) < ENOUGH:
            return None
        suspicious = sorted(each for each in self._seen if SHORTEST <= each <= LONGEST)
        if len(suspicious) < _MOST * ENOUGH:
            return None
        self.was_told = True
        return suspicious[len(suspicious) // 2]
