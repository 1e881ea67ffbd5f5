"""Many devices, attempt after attempt, with time in between on the drill's own clock."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from firmware_sim.bench.drills.each_device import for_each
from firmware_sim.bench.drills.wave_terms import RetryTerm
from firmware_sim.bench.governance.committee import GateError
from firmware_sim.bench.progress import Progress
from firmware_sim.bench.smki.custody import CustodyError

NOT_SIGNED: Final = (CustodyError, GateError)
"""People do not get a command signed, e.g. because the decision has expired meanwhile."""

Pause = Callable[[], None]
"""Lets the back-off pass on the drill's clock."""


class Attempted(Protocol):
    """Work at one device that is done in attempts."""

    @property
    def is_open(self) -> bool:
        """Whether it is not known yet what became of it."""

    async def run(self) -> None:
        """All attempts at once, and the conclusion."""

    async def attempt(self) -> None:
        """One attempt."""

    async def look(self) -> None:
        """Whether an earlier attempt did its work after all."""

    def build_again(self) -> None:
        """Prepare the next attempt."""

    def conclude(self) -> None:
        """No further attempt follows: judge what became of it."""


async def in_rounds(
    works: Sequence[Attempted], retry: RetryTerm, pause: Pause, progress: Progress, title: str
) -> None:
    """An attempt at each device, then after each pause one at those of which nothing is known.

    Commands are built in the order of devices, so that counters are the same in every run.

    Raises:
        CustodyError, GateError: a command may not be built any more.
            What came of the attempts by then has been concluded.
    """
    still = list(works)
    for number in range(retry.attempts):
        if number:
            pause()
            still = await _left(still, progress, title)
            _build(still, works)
        await for_each(still, lambda each: each.attempt(), progress, title)
        still = [each for each in still if each.is_open]
        if not still:
            break
    await for_each(still, lambda each: each.look(), progress, title)
    for each in works:
        each.conclude()


async def at_once(works: Sequence[Attempted], progress: Progress, title: str) -> None:
    """Every device by itself until it is done, with no time in between."""
    work: Callable[[Attempted], Awaitable[None]] = lambda each: each.run()  # noqa: E731
    await for_each(works, work, progress, title)


async def _left(still: list[Attempted], progress: Progress, title: str) -> list[Attempted]:
    await for_each(still, lambda each: each.look(), progress, title)
    return [each for each in still if each.is_open]


def _build(still: Sequence[Attempted], works: Sequence[Attempted]) -> None:
    try:
        for each in still:
            each.build_again()
    except NOT_SIGNED:
        for each in works:
            each.conclude()
        raise
