"""How often blocks were erased: as the flash counted, or as its image proves at the least."""

from collections.abc import Sequence
from dataclasses import dataclass

from firmware_sim.bench.evidence.wording import count


@dataclass(frozen=True, slots=True)
class Wear:
    """Erases of each block.

    Attributes:
        erases: by block, since the flash was made.
        counted: whether the flash counted them; otherwise there may have been more.
        before: as `erases`, when the run began; None if that is not known.
    """

    erases: tuple[int, ...]
    counted: bool
    before: tuple[int, ...] | None = None

    @property
    def by_run(self) -> tuple[int, ...] | None:
        """Erases during the run, by block; None unless they were counted."""
        if not self.counted or self.before is None:
            return None
        return tuple(now - then for now, then in zip(self.erases, self.before, strict=True))

    def short(self, block: int) -> str:
        """As it stands beside a block, e.g. ``≥ 2x``."""
        return f"{'' if self.counted else '≥ '}{self.erases[block]}x"

    def words(self, block: int) -> str:
        """The same in words, e.g. ``at least 2``."""
        return f"{'' if self.counted else 'at least '}{self.erases[block]}"

    @property
    def sentence(self) -> str:
        """What there is to say of the whole flash."""
        if not self.counted:
            least = _numbers(self.erases)
            return f"Nobody counted erases; the image proves at least {least} a block."
        by_run = self.by_run
        if by_run is None:
            return f"Each block was erased {_span(self.erases)} since it was made."
        if not any(by_run):
            return f"The run erased no block; each was erased {_span(self.erases)} before it."
        blocks = count(sum(map(bool, by_run)), "block")
        return (
            f"The run erased {blocks} of {len(by_run)}, {_span([n for n in by_run if n])} each; "
            f"{_span(self.erases)} each since it was made."
        )


def _span(erases: Sequence[int]) -> str:
    """``once``, ``2 times``, ``1 to 3 times``."""
    numbers = _numbers(erases)
    return {"0": "never", "1": "once"}.get(numbers, f"{numbers} times")


def _numbers(erases: Sequence[int]) -> str:
    least, most = min(erases), max(erases)
    return f"{most:,}" if least == most else f"{least:,} to {most:,}"
