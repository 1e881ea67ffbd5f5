"""Power cuts in a flash operation of an emulated board, by its number."""

from enum import Enum
from typing import Any, NamedTuple

from firmware_sim.hw.build.catalogue import FlashDescription


class CutExtent(Enum):
    """How far the interrupted operation came."""

    BEFORE = "before"
    TORN = "torn"
    AFTER = "after"


class FlashCall(NamedTuple):
    """One call: a word at an offset into the image, or the erasure of a block (`word` None)."""

    place: int
    word: int | None


class Cut(NamedTuple):
    """Cut operation number `operation`, counted from 0 over words and erasures alike.

    Attributes:
        mask: 32 bits, for TORN.
    """

    operation: int
    flavour: CutExtent = CutExtent.BEFORE
    mask: int = 0


def apply_cut(flash: Any, description: FlashDescription, operation: FlashCall, cut: Cut) -> None:
    """Leave the flash as the interrupted operation does; the firmware does no more of it.

    As hw/PROTOCOL.md has it (5.6): a torn erasure has programmed the bits under the mask in
    every word, as parts do that program a block before they erase it.
    """
    if cut.flavour is CutExtent.BEFORE:
        return
    torn = cut.flavour is CutExtent.TORN
    if operation.word is not None:
        mask = cut.mask if torn else 0xFFFFFFFF
        _blend(flash, operation.place, operation.word, mask, description)
        return
    sizes = description.block_sizes
    start = sum(sizes[: operation.place])
    end = start + sizes[operation.place]
    if not torn:
        flash[start:end] = bytes((description.erased_value,)) * (end - start)
        return
    programmed = 0x00000000 if description.erased_value else 0xFFFFFFFF
    for offset in range(start, end, 4):
        _blend(flash, offset, programmed, cut.mask, description)


def _blend(flash: Any, offset: int, word: int, mask: int, description: FlashDescription) -> None:
    """Programming moves bits away from the erased value only."""
    old = int.from_bytes(flash[offset : offset + 4], "little")
    full = old & word if description.erased_value else old | word
    flash[offset : offset + 4] = (old ^ (old ^ full) & mask).to_bytes(4, "little")
