"""Devices that did not come through, each with the reason that stands in the ledger."""

from typing import Any, Final

_MOST_SHOWN: Final = 100


class StuckDevices:
    """By device, the last reason; the ones that are stuck longest come first."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[str, str, str]] = {}

    def put(self, device: str, kind: str, reason: str, at: str) -> None:
        """A device is stuck, or is for another reason than before."""
        self._found[device] = (kind, reason, at)

    def take(self, device: str) -> bool:
        """A device came through after all; whether it was stuck."""
        return self._found.pop(device, None) is not None

    def told(self) -> dict[str, Any]:
        """How many there are, and the first hundred."""
        first = list(self._found.items())[:_MOST_SHOWN]
        return {
            "total": len(self._found),
            "devices": [
                {"device": device, "what": kind, "reason": reason, "at": at}
                for device, (kind, reason, at) in first
            ],
        }
