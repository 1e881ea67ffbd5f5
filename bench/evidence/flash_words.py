"""A flash map in words: for those who do not see the picture, and for programs that read text."""

from collections import Counter
from typing import NamedTuple

from firmware_sim.bench.evidence.flash_layout import ERASED, FlashLayout, runs
from firmware_sim.bench.evidence.flash_picture import TONE_NAMES, TONES, label_of, parts_of
from firmware_sim.bench.evidence.flash_wear import Wear


class BlockWords(NamedTuple):
    """One block, or neighbours of which the same is to be said; `start` is an address in hex."""

    blocks: str
    start: str
    holds: str
    erased: str
    by_run: str


def words_of(layout: FlashLayout, wear: Wear) -> list[BlockWords]:
    """Every block."""
    said = [_said(layout, wear, block) for block in range(len(layout.block_sizes))]
    return [
        BlockWords(
            label_of(blocks), f"{sum(layout.block_sizes[: blocks.start]):06x}", *said[blocks.start]
        )
        for blocks in runs(said, (layout.second_area,))
    ]


def _said(layout: FlashLayout, wear: Wear, block: int) -> tuple[str, str, str]:
    octets: Counter[str] = Counter()
    for part in parts_of(layout, block):
        if part.piece.content != ERASED:
            octets[TONE_NAMES[TONES[part.piece.content]]] += part.octets
    holds = "; ".join(f"{name}: {octets[name]:,}" for name in TONE_NAMES.values() if octets[name])
    by_run = wear.by_run
    return holds or "nothing", wear.words(block), "" if by_run is None else f"{by_run[block]}"
