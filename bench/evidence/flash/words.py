"""A picture of a flash in letters: what stands where in an image, and how worn it is."""

from collections.abc import Iterator, Sequence
from typing import Final

from firmware_sim.bench.evidence.flash_layout import FlashLayout, Piece, runs
from firmware_sim.bench.evidence.flash_picture import label_of
from firmware_sim.bench.evidence.flash_wear import Wear

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
    "superseded": "x",
    "commit mark": "m",
    "unknown": "?",
    "erased": "·",
}
"""The letter of each kind of content."""

_COLUMNS = 64
_OCTETS_A_LETTER = 32


def letters(pieces: Sequence[Piece], size: int) -> Iterator[str]:
    """Lines of 64 letters, each for 32 octets: the first content that begins or goes on there."""
    cells = ["·"] * (size // _OCTETS_A_LETTER)
    for piece in reversed(pieces):
        first = piece.start // _OCTETS_A_LETTER
        last = (piece.start + piece.octets - 1) // _OCTETS_A_LETTER
        cells[first : last + 1] = [LETTERS[piece.content]] * (last + 1 - first)
    blank = "·" * _COLUMNS
    skipped = False
    for start in range(0, len(cells), _COLUMNS):
        line = "".join(cells[start : start + _COLUMNS])
        if line != blank:
            yield f"{start * _OCTETS_A_LETTER:06x} {line}"
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
