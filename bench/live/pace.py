"""How fast a run goes, as the page has seen it: no row of a record has the time of day."""

from collections import deque
from typing import Final

_SECONDS: Final = 60.0
"""What was before is forgotten."""


class Pace:
    """Units that were done by when."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def see(self, at: float, done: int) -> None:
        """So many were done at a time, in seconds of any clock that only goes on."""
        if self._seen and self._seen[-1][0] == at:
            self._seen.pop()
        self._seen.append((at, done))
        while len(self._seen) > 2 and at - self._seen[1][0] > _SECONDS:
            self._seen.popleft()

    @property
    def rate(self) -> float | None:
        """Units a second in the last minute; None before the second look."""
        if len(self._seen) < 2:
            return None
        (begin, before), (end, after) = self._seen[0], self._seen[-1]
        return (after - before) / (end - begin) if after > before else None
