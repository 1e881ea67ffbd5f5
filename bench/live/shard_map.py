"""The devices of a fleet by what became of them: counts, and a map whose tiles stand for shards."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.live.fleet_map import MOST_TILES

WAITING: Final = "not run yet"
DIFFERENT: Final = "different"
"""A device that did otherwise than the one that stands for it."""

STATES: Final = (
    *(WAITING, DeviceFate.NOT_ASKED.value, DeviceFate.RECOVERED.value, DeviceFate.FAILED.value),
    *(DeviceFate.UNREACHABLE.value, DeviceFate.LOST.value, DIFFERENT),
)
"""What the page has a colour for, as they lie in a tile from the bottom up, the last lowest."""


class ShardMap:
    """How many devices of each shard came to which state.

    Args:
        devices: of the whole fleet.
    """

    def __init__(self, devices: int) -> None:
        self._devices = devices
        self._shards: dict[int, Counter[str]] = {}
        self.counts: Counter[str] = Counter()

    @property
    def done(self) -> int:
        """How many shards have ended."""
        return len(self._shards)

    @property
    def shards(self) -> int:
        """How many there are in all, by the largest that has ended; 0 while none has."""
        largest = max((each.total() for each in self._shards.values()), default=0)
        least = max(self._shards, default=-1) + 1
        return max(-(-self._devices // largest), least) if largest else 0

    def add(self, shard: int, states: Mapping[str, int]) -> None:
        """A shard has ended."""
        self._shards[shard] = Counter(states)
        self.counts.update(states)

    def told(self) -> dict[str, Any]:
        """For the page; of more shards than tiles, neighbours share one."""
        waiting = max(0, self._devices - self.counts.total())
        counts = {WAITING: waiting, **self.counts}
        a_tile = -(-self.shards // MOST_TILES) or 1
        return {
            "devices": self._devices,
            "counts": [
                {"state": state.replace(" ", "_"), "word": state, "devices": counts.get(state, 0)}
                for state in STATES
            ],
            "shards_a_tile": a_tile,
            "tiles": self._tiles(a_tile),
        }

    def _tiles(self, a_tile: int) -> list[list[int]]:
        size = max((each.total() for each in self._shards.values()), default=0)
        tiles = [[0] * len(STATES) for _ in range(-(-self.shards // a_tile))]
        for number in range(self.shards):
            tile, found = tiles[number // a_tile], self._shards.get(number)
            if found is None:
                tile[0] += size
            for place, state in enumerate(STATES) if found else ():
                tile[place] += found[state] if found else 0
        return tiles
