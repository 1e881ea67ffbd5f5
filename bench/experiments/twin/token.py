"""Replay tokens: one line that makes one life again, or what is left of it, on any machine.

``7/3/40`` is life 3 of the stream of seed 7, 40 steps written; ``7/3/40#0,4-9`` is what happens
in it when only those steps happen. The octets of a step do not depend on which others are left.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.twin.drawing import write_life
from firmware_sim.bench.experiments.twin.stream import Life


class Token(NamedTuple):
    """A life, and which of its steps happen; all, if `kept` is None."""

    seed: int
    life: int
    steps: int
    kept: tuple[int, ...] | None = None

    def __str__(self) -> str:
        text = f"{self.seed}/{self.life}/{self.steps}"
        return text if self.kept is None else f"{text}#{','.join(_ranges(self.kept))}"

    @classmethod
    def parse(cls, text: str) -> "Token":
        """Read a token.

        Raises:
            UsageError: it is none.
        """
        whole, _, kept = text.partition("#")
        try:
            seed, life, steps = map(int, whole.split("/"))
            token = cls(seed, life, steps, tuple(_numbers(kept)) if kept else None)
            if not life >= 0 or not 0 < steps <= 10_000 or max(token.kept or (0,)) >= steps:
                raise ValueError(text)
        except ValueError:
            raise UsageError(f"{text!r} is no replay token", "copy it from a twin run") from None
        return token

    def life_of(self) -> Life:
        """The life, written again."""
        life = write_life(self.seed, self.life, self.steps)
        return life if self.kept is None else life.only(self.kept)


def _ranges(numbers: Sequence[int]) -> Iterator[str]:
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        first, *rest = (number for _, number in run)
        yield f"{first}-{rest[-1]}" if rest else str(first)


def _numbers(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, dash, last = part.partition("-")
        yield from range(int(first), int(last if dash else first) + 1)
