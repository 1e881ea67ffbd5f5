"""Replay tokens: one line that makes one trial again, or what is left of it, on any machine.

``7/3/40`` is trial 3 of the stream of seed 7, 40 steps drawn; ``7/3/40#0,4-9`` is what happens
in it when only those steps happen. The octets of a step do not depend on which others are left.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from typing import Final, NamedTuple

from firmware_sim.bench.experiments.campaign.token import TokenForm
from firmware_sim.bench.experiments.twin.drawing import draw_trial
from firmware_sim.bench.experiments.twin.trial import TwinTrial

_FORM: Final = TokenForm("a twin run", ",", items_may_lack=True)
_MOST_STEPS: Final = 10_000


class TwinToken(NamedTuple):
    """A trial, and which of its steps happen; all, if `kept` is None."""

    seed: int
    number: int
    steps: int
    kept: tuple[int, ...] | None = None

    def __str__(self) -> str:
        text = f"{self.seed}/{self.number}/{self.steps}"
        return text if self.kept is None else _FORM.write(text, _ranges(self.kept))

    @classmethod
    def parse(cls, text: str) -> "TwinToken":
        """Read a token.

        Raises:
            UsageError: it is none.
        """
        (seed, number, steps), ranges = _FORM.read(text, _place, _range)
        kept = tuple(chain.from_iterable(ranges)) or None
        if number < 0 or not 0 < steps <= _MOST_STEPS or max(kept or (0,)) >= steps:
            raise _FORM.wrong(text)
        return cls(seed, number, steps, kept)

    def trial(self) -> TwinTrial:
        """The trial, drawn again."""
        trial = draw_trial(self.seed, self.number, self.steps)
        return trial if self.kept is None else trial.only(self.kept)


def _place(text: str) -> tuple[int, int, int]:
    seed, number, steps = map(int, text.split("/"))
    return seed, number, steps


def _range(text: str) -> range:
    first, dash, last = text.partition("-")
    numbers = range(int(first), int(last if dash else first) + 1)
    if numbers.stop > _MOST_STEPS:  # before they are all written down
        raise ValueError(text)
    return numbers


def _ranges(numbers: Sequence[int]) -> Iterator[str]:
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        first, *rest = (number for _, number in run)
        yield f"{first}-{rest[-1]}" if rest else str(first)
