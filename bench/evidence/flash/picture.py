"""The shapes of a flash map, worked out before a template sees them: one bar for every block."""

from typing import Final, NamedTuple

from firmware_sim.bench.evidence.flash.layout import (
    ERASED,
    FlashLayout,
    Piece,
    Wear,
    parts_of,
    runs,
)
from firmware_sim.bench.evidence.flash.words import TONE_NAMES, TONES, label_of, short_wear

BAR_LEFT: Final = 38
BAR_WIDTH: Final = 340
PICTURE_WIDTH: Final = 480
BAR_HEIGHT: Final = 13
_ROW_HEIGHT = 17
_HEADING_HEIGHT = 22
_UNFOLDED_BLOCKS = 16
_GAP = 0.4


class Shape(NamedTuple):
    """One coloured part of a bar; `title` says what it is, where the colour does not suffice."""

    tone: str
    x: float
    width: float
    title: str


class Bar(NamedTuple):
    """A block, or several that are erased and equally worn."""

    label: str
    y: int
    width: float
    shapes: list[Shape]
    wear: str
    by_run: str


class Heading(NamedTuple):
    """What stands above the bars of an area."""

    text: str
    y: int


class Picture(NamedTuple):
    """A whole map; lengths are in units of its ``viewBox``.

    Attributes:
        by_run: whether the run erased anything, as far as it was counted.
        tones: those that occur, in the order of `TONE_NAMES`.
    """

    headings: list[Heading]
    bars: list[Bar]
    height: int
    by_run: bool
    tones: list[str]


def picture_of(layout: FlashLayout, wear: Wear) -> Picture:
    """The map of one flash."""
    headings, bars, y = [], [], 0
    for blocks in _folded(layout, wear):
        if blocks.start in (0, layout.second_area):
            y += _HEADING_HEIGHT
            headings.append(Heading(_heading(layout, blocks.start), y - 7))
        bars.append(_bar(layout, wear, blocks, y))
        y += _ROW_HEIGHT
    seen = {TONES[piece.content] for piece in layout.pieces}
    any_by_run = any(wear.by_run or ())
    return Picture(headings, bars, y, any_by_run, [tone for tone in TONE_NAMES if tone in seen])


def sizes() -> dict[str, int]:
    """What a template needs to know to draw a picture."""
    return {
        "bar_left": BAR_LEFT,
        "bar_width": BAR_WIDTH,
        "bar_height": BAR_HEIGHT,
        "picture_width": PICTURE_WIDTH,
        "wear_left": BAR_LEFT + BAR_WIDTH + 8,
        "by_run_left": BAR_LEFT + BAR_WIDTH + 52,
    }


def _folded(layout: FlashLayout, wear: Wear) -> list[range]:
    """The blocks in order; on a part with many, erased and equally worn neighbours are one."""
    count = len(layout.block_sizes)
    if count <= _UNFOLDED_BLOCKS:
        return [range(block, block + 1) for block in range(count)]
    keys: list[object] = []
    for block in range(count):
        contents = {part.piece.content for part in parts_of(layout, block)}
        worn = wear.erases[block], wear.before and wear.before[block]
        keys.append((layout.block_sizes[block], worn) if contents == {ERASED} else block)
    return runs(keys, (layout.second_area,))


def _heading(layout: FlashLayout, block: int) -> str:
    area = int(block == layout.second_area)
    return f"Area {area}, in use" if area == layout.active else f"Area {area}"


def _bar(layout: FlashLayout, wear: Wear, blocks: range, y: int) -> Bar:
    block, by_run = blocks.start, wear.by_run
    scale = BAR_WIDTH / max(layout.block_sizes)
    width = round(layout.block_sizes[block] * scale, 1)
    shapes = [
        Shape(tone, round(BAR_LEFT + start * scale, 1), _width(octets * scale), title)
        for tone, title, start, octets in _shown(layout, block)
    ]
    during = f"{by_run[block]}x" if by_run and any(by_run) else ""
    return Bar(label_of(blocks), y, width, shapes, short_wear(wear, block), during)


def _width(true: float) -> float:
    """With a gap behind it, if there is room for one."""
    return round(true - _GAP if true > 2 * _GAP else true, 2)


def _shown(layout: FlashLayout, block: int) -> list[tuple[str, str, int, int]]:
    """Tone, title, start and octets of what is drawn; neighbours without a title become one."""
    found: list[tuple[str, str, int, int]] = []
    for piece, start, octets in parts_of(layout, block):
        tone, title = TONES[piece.content], title_of(piece)
        if found and found[-1][:2] == (tone, title) == (tone, ""):
            found[-1] = (tone, title, found[-1][2], found[-1][3] + octets)
        elif piece.content != ERASED:
            found.append((tone, title, start, octets))
    return found


def title_of(piece: Piece) -> str:
    """Name and place of a record that lives, e.g. ``cell supplier.DS at 000c40``; else empty."""
    return f"{piece.name} at {piece.start:06x}" if piece.is_live and piece.name else ""
