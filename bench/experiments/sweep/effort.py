"""How much a sweep does: which cuts of which parts, and which recoveries are cut again."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from firmware_sim.bench.experiments.sweep.case import FlashPart
from firmware_sim.bench.experiments.sweep.plans import CLOSE, EXHAUSTIVE, PAIRED, WIDE, Density
from firmware_sim.bench.experiments.sweep.result import SweepEngine
from firmware_sim.bench.experiments.sweep.second_cuts import Second
from firmware_sim.machine.flash.geometry import ERASED_VALUES, WRITE_UNITS

CLOSEST = "tiny"
"""The part that is swept closely by default: its compactions are frequent and short."""

_ROT_STEP = 3


class SweepEffort(StrEnum):
    """How much a sweep does."""

    QUICK = "quick"
    """Every operation on the tiny part, without second cuts: a few seconds."""
    DEFAULT = "default"
    """Every operation on every part at its native unit and erased value."""
    FULL = "full"
    """Every unit and erased value too, each bit, and a second cut in every course of recovery."""
    PAIRS = "pairs"
    """As by default, but on the tiny part every pair of cuts."""

    def density(self, part: FlashPart) -> tuple[Density, Second]:
        """How closely a part is cut, and which recoveries are cut again."""
        is_closest = part == FlashPart.native(CLOSEST)
        if self is SweepEffort.QUICK:
            return WIDE, Second.NONE
        if not is_closest:
            return WIDE, Second.SAMPLED
        return {
            SweepEffort.FULL: (EXHAUSTIVE, Second.COURSES),
            SweepEffort.PAIRS: (PAIRED, Second.PAIRS),
        }.get(self, (CLOSE, Second.SAMPLED))

    @property
    def rot_step(self) -> int:
        """The distance of the bits that are flipped at rest."""
        return 1 if self is SweepEffort.FULL else _ROT_STEP

    @property
    def cuts_words(self) -> bool:
        """Whether the native engine cuts each word under a whole device."""
        return self is not SweepEffort.QUICK

    def parts(self, names: Sequence[str]) -> tuple[FlashPart, ...]:
        """The parts with these names; in every unit and erased value if the effort is full."""
        if self is not SweepEffort.FULL:
            return tuple(map(FlashPart.native, names))
        return tuple(FlashPart(*each) for each in product(names, WRITE_UNITS, ERASED_VALUES))


class SweepScope(NamedTuple):
    """What to sweep."""

    operations: tuple[str, ...]
    parts: tuple[FlashPart, ...]
    effort: SweepEffort
    engine: SweepEngine
