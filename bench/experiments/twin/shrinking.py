"""A life in which twins differ, with everything left out that the difference does not need."""

from collections.abc import Callable

from firmware_sim.bench.experiments.twin.comparing import TwinDifference
from firmware_sim.bench.experiments.twin.stream import Life

_MOST_TRIES = 60


def shrunk(
    life: Life, found: TwinDifference, differs: Callable[[Life], TwinDifference | None]
) -> tuple[int, ...]:
    """The steps that still make a difference of the same kind.

    Args:
        differs: lets a life happen to both twins.
    """
    kept = tuple(range(len(life.steps) if found.step is None else found.step + 1))
    tries, part = 0, max(1, len(kept) // 2)
    while tries < _MOST_TRIES:
        for start in range(0, len(kept), part):
            fewer = kept[:start] + kept[start + part :]
            tries += 1
            again = differs(life.only(fewer)) if fewer else None
            if again is not None and again.what == found.what:
                kept = fewer
                break
        else:
            if part == 1:
                break
            part //= 2
    return kept
