"""Devices that did not come through, each with the reason that stands in the ledger."""

from typing import Any, Final, NamedTuple

MOST_SHOWN: Final = 100


class _Stuck(NamedTuple):
    """Attributes: end: what became of it at the end of the drill; empty before."""

    kind: str
    reason: str
    at: str
    end: str = ""

    @property
    def why(self) -> str:
        end = f"at the end: {self.end}" if self.end else ""
        return "; ".join(filter(None, (end, self.reason)))


class StuckDevices:
    """By device, the last reason; the ones that are stuck longest come first."""

    def __init__(self) -> None:
        self._found: dict[str, _Stuck] = {}

    def put(self, device: str, kind: str, reason: str, at: str) -> None:
        """A device is stuck, or is for another reason than before."""
        self._found[device] = _Stuck(kind, reason, at)

    def end(self, device: str, kind: str, outcome: str) -> None:
        """It is stuck at the end; the reason that was known stays."""
        before = self._found.get(device, _Stuck(kind, "", ""))
        self._found[device] = before._replace(end=outcome)

    def reason(self, device: str) -> str:
        """Why a device is stuck, as far as a check has said; empty if none has."""
        found = self._found.get(device)
        return "" if found is None else found.reason

    def take(self, device: str) -> bool:
        """A device came through after all; whether it was stuck."""
        return self._found.pop(device, None) is not None

    def told(self) -> dict[str, Any]:
        """How many there are, and the first hundred."""
        first = list(self._found.items())[:MOST_SHOWN]
        return {
            "total": len(self._found),
            "devices": [
                {"device": device, "what": found.kind, "reason": found.why, "at": found.at}
                for device, found in first
            ],
        }
