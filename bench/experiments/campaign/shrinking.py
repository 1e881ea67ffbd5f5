"""A failing trial made smaller, as long as it still fails in the same way."""

from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import TypeVar

Case = TypeVar("Case")
Item = TypeVar("Item")


def shortest(
    items: Sequence[Item],
    still_fails: Callable[[tuple[Item, ...]], bool],
    *,
    most_tries: float = inf,
) -> tuple[Item, ...]:
    """A part of a failing sequence that fails too; the order of its items stays.

    Halves are left out first, then quarters, and at last each item by itself (delta debugging:
    Zeller and Hildebrandt, IEEE Transactions on Software Engineering 28(2), 2002). What comes
    back fails, and without `most_tries` leaving out any one item more makes it pass.

    Args:
        still_fails: is never asked about the empty sequence.
        most_tries: how often to ask, at most.
    """
    kept, size, tries = tuple(items), len(items) // 2, 0
    while size and tries < most_tries:
        start, before = 0, len(kept)
        while start < len(kept) > size and tries < most_tries:
            fewer = kept[:start] + kept[start + size :]
            tries += 1
            if still_fails(fewer):
                kept = fewer
            else:
                start += size
        if len(kept) in (before, size):
            size //= 2
    return kept


def simplest(
    case: Case,
    simpler: Callable[[Case], Iterable[Case]],
    still_fails: Callable[[Case], bool],
    *,
    most_steps: int,
) -> Case:
    """The simplest case that was found by simplifying a failing one step by step.

    Args:
        simpler: the cases to try in place of one, the simplest first.
        most_steps: how often to go on from a simpler case.
    """
    for _ in range(most_steps):
        found = next((each for each in simpler(case) if still_fails(each)), None)
        if found is None:
            break
        case = found
    return case
