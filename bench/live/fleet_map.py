"""The devices of a run by state: counts, and a map whose tiles stand for one device or for many."""

from enum import IntEnum
from typing import Any, Final

MOST_TILES: Final = 1200


class ShownState(IntEnum):
    """What is known of a device by now; the page has a colour and a word for each."""

    NOT_ASKED = 0
    ASKED = 1
    """Its last message has no answer yet."""
    ANSWERED = 2
    RECOVERED = 3
    """It answered a party's update of credentials after the Compromise; no check of it failed."""
    WRONG = 4
    UNKNOWN = 5
    """The bench could not check it."""
    TAKEN = 6
    """An attacker's command replaced cells of it, and no party has done so since."""


STATE_WORDS: Final = (
    *("not asked yet", "no answer yet", "answered", "recovered"),
    *("did wrong", "not known", "taken by the attacker"),
)


class FleetMap:
    """State of every device by its number from 0, in the order in which they stand in the ledger.

    With more devices than tiles, a tile stands for several neighbours and tells how many of them
    are in each state. When that number grows, all tiles are counted anew.
    """

    def __init__(self) -> None:
        self._states = bytearray()
        self._a_tile = 1
        self._tiles: list[list[int]] = []
        self.counts = [0] * len(ShownState)

    def __len__(self) -> int:
        return len(self._states)

    def add(self, state: ShownState = ShownState.NOT_ASKED, number: int = 1) -> None:
        """Further devices, all in one state."""
        first = len(self._states)
        self._states += bytes([state]) * number
        self.counts[state] += number
        if len(self._states) > self._a_tile * MOST_TILES:
            self._a_tile = -(-len(self._states) // MOST_TILES) * 2
            first, self._tiles = 0, []
        for device in range(first, len(self._states)):
            self._tile_of(device)[self._states[device]] += 1

    def state(self, device: int) -> ShownState:
        """Of one device."""
        return ShownState(self._states[device])

    def set(self, device: int, state: ShownState) -> bool:
        """Put a device into a state; whether that is another one."""
        before = self._states[device]
        if before == state:
            return False
        self._states[device] = state
        for counts in (self.counts, self._tile_of(device)):
            counts[before] -= 1
            counts[state] += 1
        return True

    def told(self) -> dict[str, Any]:
        """For the page."""
        return {
            "devices": len(self._states),
            "counts": [
                {"state": state.name.lower(), "word": STATE_WORDS[state], "devices": count}
                for state, count in zip(ShownState, self.counts, strict=True)
            ],
            "a_tile": self._a_tile,
            "tiles": self._tiles,
        }

    def _tile_of(self, device: int) -> list[int]:
        place = device // self._a_tile
        while place >= len(self._tiles):
            self._tiles.append([0] * len(ShownState))
        return self._tiles[place]
