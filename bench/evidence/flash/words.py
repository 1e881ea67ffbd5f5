"""A flash map in words and in letters, for people who do not see the picture and for programs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from firmware_sim.bench.evidence.flash.layout import (
    ERASED,
    SUPERSEDED,
    UNKNOWN,
    FlashLayout,
    Piece,
    Wear,
    parts_of,
    runs,
)
from firmware_sim.bench.evidence.wording import count

LETTERS: Final = {
    "superblock": "S",
    "identity": "i",
    "device certificate": "d",
    "device key": "k",
    "cell": "C",
    "root": "R",
    "counters": "n",
    "own counters": "o",
    "log event": "l",
    "log tally": "t",
    "pending command": "p",
    "pending chunk": "P",
    "retired key": "r",
    "top up": "u",
    "meter": "b",
    "register": "v",
    "activation": "a",
    "superseded": "x",
    "commit mark": "m",
    "unknown": "?",
    "erased": "·",
}
"""The letter of each kind of content."""

TONES: Final = {
    "superblock": "frame",
    "commit mark": "frame",
    "identity": "identity",
    "device key": "key",
    "device certificate": "key",
    "root": "cell",
    "cell": "cell",
    "counters": "counter",
    "own counters": "counter",
    "retired key": "counter",
    "top up": "counter",
    "meter": "counter",
    "register": "identity",
    "activation": "pending",
    "log event": "log",
    "log tally": "log",
    "pending command": "pending",
    "pending chunk": "pending",
    SUPERSEDED: "old",
    UNKNOWN: "unknown",
    ERASED: "free",
}
"""The colour of each kind of content, by its name in ``flash.css``."""

TONE_NAMES: Final = {
    "frame": "superblocks and marks",
    "identity": "identity and registers",
    "key": "own keys and certificates",
    "cell": "Trust Anchor Cells",
    "counter": "counters, balance, retired keys",
    "log": "security log",
    "pending": "waiting commands",
    "old": "superseded",
    "unknown": "of no transaction",
    "free": "erased",
}

_COLUMNS = 64
OCTETS_A_LETTER: Final = 32


def letters(pieces: Sequence[Piece], size: int) -> Iterator[str]:
    """Lines of 64 letters, each for 32 octets: the first content that begins or goes on there."""
    cells = ["·"] * (size // OCTETS_A_LETTER)
    for piece in reversed(pieces):
        first = piece.start // OCTETS_A_LETTER
        last = (piece.start + piece.octets - 1) // OCTETS_A_LETTER
        cells[first : last + 1] = [LETTERS[piece.content]] * (last + 1 - first)
    blank = "·" * _COLUMNS
    skipped = False
    for start in range(0, len(cells), _COLUMNS):
        line = "".join(cells[start : start + _COLUMNS])
        if line != blank:
            yield f"{start * OCTETS_A_LETTER:06x} {line}"
        elif not skipped:
            yield "   ... erased"
        skipped = line == blank


def wear_lines(layout: FlashLayout, wear: Wear) -> Iterator[str]:
    """A line for each area, or for each part of one that is worn otherwise than its neighbours."""
    for blocks in runs(wear.erases, (layout.second_area,)):
        area = int(blocks.start >= layout.second_area)
        use = "in use" if area == layout.active else "not in use"
        erases = (
            "1 time" if wear.erases[blocks.start] == 1 else f"{wear.erases[blocks.start]} times"
        )
        words = erases if wear.counted else f"at least {erases}"
        name = f"block{'s' * (len(blocks) > 1)} {label_of(blocks)}"
        yield f"area {area} ({use}), {name}: erased {words}"


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


def layout_sentence(layout: FlashLayout) -> str:
    """How full the flash is, in words."""
    cut = layout.second_area
    size = min(sum(layout.block_sizes[:cut]), sum(layout.block_sizes[cut:]))
    old = sum(piece.octets for piece in layout.pieces if piece.content == SUPERSEDED)
    live = sum(piece.octets for piece in layout.pieces if piece.is_live)
    return (
        f"Generation {layout.generation:,}, in area {layout.active}: {live:,} of {size:,} octets "
        f"live, {old:,} superseded."
    )


def wear_sentence(wear: Wear) -> str:
    """What there is to say of the whole flash."""
    if not wear.counted:
        least = _numbers(wear.erases)
        return f"Erases were not counted; the image proves at least {least} a block."
    by_run = wear.by_run
    if by_run is None:
        return f"Each block was erased {_span(wear.erases)} since it was made."
    if not any(by_run):
        return f"The run erased no block; each was erased {_span(wear.erases)} before it."
    blocks = count(sum(map(bool, by_run)), "block")
    return (
        f"The run erased {blocks} of {len(by_run)}, {_span([n for n in by_run if n])} each; "
        f"{_span(wear.erases)} each since it was made."
    )


def short_wear(wear: Wear, block: int) -> str:
    """As it stands beside a block, e.g. ``≥ 2x``."""
    return f"{'' if wear.counted else '≥ '}{wear.erases[block]}x"


def label_of(blocks: range) -> str:
    """``3``, or ``3-8``."""
    return f"{blocks.start}" + (f"-{blocks.stop - 1}" if len(blocks) > 1 else "")


def _said(layout: FlashLayout, wear: Wear, block: int) -> tuple[str, str, str]:
    octets: Counter[str] = Counter()
    for part in parts_of(layout, block):
        if part.piece.content != ERASED:
            octets[TONE_NAMES[TONES[part.piece.content]]] += part.octets
    holds = "; ".join(f"{name}: {octets[name]:,}" for name in TONE_NAMES.values() if octets[name])
    by_run = wear.by_run
    return holds or "nothing", _erased(wear, block), "" if by_run is None else f"{by_run[block]}"


def _erased(wear: Wear, block: int) -> str:
    return f"{'' if wear.counted else 'at least '}{wear.erases[block]}"


def _span(erases: Sequence[int]) -> str:
    """``once``, ``2 times``, ``1 to 3 times``."""
    numbers = _numbers(erases)
    return {"0": "never", "1": "once"}.get(numbers, f"{numbers} times")


def _numbers(erases: Sequence[int]) -> str:
    least, most = min(erases), max(erases)
    return f"{most:,}" if least == most else f"{least:,} to {most:,}"
