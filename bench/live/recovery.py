"""The recovery curve while it grows: how many devices were recovered by when."""

from datetime import datetime
from typing import Any, Final

_MOST_POINTS: Final = 200


class RecoveryCurve:
    """Devices by the time at which they were recovered; times are ISO, of the drill's clock."""

    def __init__(self) -> None:
        self._begin: str | None = None
        self._at: dict[int, str] = {}
        self._number: dict[str, int] = {}
        self.of: int | None = None
        """How many had to be recovered; None as long as that is not known."""
        self.of_what = "devices"

    @property
    def began(self) -> str | None:
        """When the first Compromise was declared; None if none was."""
        return self._begin

    @property
    def has_begun(self) -> bool:
        """Whether there was a Compromise."""
        return self._begin is not None

    def begin(self, at: str) -> None:
        """A Compromise was declared; the first counts."""
        self._begin = self._begin or at

    def recovered(self, device: int, at: str) -> None:
        """A device answered an update; its first answer counts."""
        if device not in self._at:
            self._at[device] = at
            self._number[at] = self._number.get(at, 0) + 1

    def is_recovered(self, device: int) -> bool:
        """Whether it counts by now."""
        return device in self._at

    def lost(self, device: int) -> None:
        """A check of a device failed: it counts no more."""
        at = self._at.pop(device, None)
        if at is not None:
            self._number[at] -= 1

    def told(self) -> dict[str, Any]:
        """Seconds since the Compromise and devices recovered by then, at most 200 points."""
        points: list[list[float]] = []
        total = 0
        begin = datetime.fromisoformat(self._begin) if self._begin else None
        for at in sorted(self._number):
            total += self._number[at]
            if begin is not None:
                seconds = (datetime.fromisoformat(at) - begin).total_seconds()
                points.append([seconds, total])
        told = {"begin": self._begin, "points": thinned(points)}
        return {**told, "of": self.of, "of_what": self.of_what}


def thinned(points: list[list[float]]) -> list[list[float]]:
    """At most about 200 of them, the last among them."""
    each = -(-len(points) // _MOST_POINTS) or 1
    shown = points[each - 1 :: each]
    if points and shown[-1:] != points[-1:]:
        shown.append(points[-1])
    return shown
