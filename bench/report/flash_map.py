"""Pictures of a flash: what stands where in an image, in letters and as SVG."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.report.drawing import drawing, palette
from firmware_sim.image.records import RecordKind
from firmware_sim.image.regions import Region, RegionKind

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
    "superseded": "x",
    "commit mark": "m",
    "unknown": "?",
    "erased": "·",
}
"""The letter of each kind of content."""

_COLUMNS = 64
_OCTETS_A_LETTER = 32
_ROW_OCTETS = 2048


def content_of(region: Region) -> str:
    """The key of `LETTERS` for a region."""
    if region.kind is RegionKind.RECORD and isinstance(region.record, RecordKind):
        return region.record.name.lower().replace("_", " ")
    return region.kind.value


def letters(regions: Sequence[Region], size: int) -> Iterator[str]:
    """Lines of 64 letters, each for 32 octets: the first content that begins or goes on there."""
    cells = ["·"] * (size // _OCTETS_A_LETTER)
    for region in reversed(regions):
        first = region.start // _OCTETS_A_LETTER
        last = (region.start + region.octets - 1) // _OCTETS_A_LETTER
        cells[first : last + 1] = [LETTERS[content_of(region)]] * (last + 1 - first)
    blank = "·" * _COLUMNS
    skipped = False
    for start in range(0, len(cells), _COLUMNS):
        line = "".join(cells[start : start + _COLUMNS])
        if line != blank:
            yield f"{start * _OCTETS_A_LETTER:06x} {line}"
        elif not skipped:
            yield "   ... erased"
        skipped = line == blank


def write_map(regions: Sequence[Region], path: Path, title: str) -> None:
    """The same as a picture: a row for every 2 KiB, a colour for every kind of content.

    Raises:
        BenchError: matplotlib is not installed, or the file cannot be written.
    """
    used = [region for region in regions if region.kind is not RegionKind.ERASED]
    rows = sorted({start // _ROW_OCTETS for region in used for start, _ in _rows(region)})
    place = {row: number for number, row in enumerate(rows)}
    with drawing(path, title, (10, 1 + 0.32 * len(rows))) as axes:
        colours = palette(list(LETTERS))
        seen: dict[str, object] = {}
        for region in used:
            content = content_of(region)
            for start, octets in _rows(region):
                row, offset = divmod(start, _ROW_OCTETS)
                bar = axes.barh(place[row], octets, left=offset, color=colours[content])
                seen.setdefault(content, bar)
        axes.set_yticks(range(len(rows)), [f"{row * _ROW_OCTETS:06x}" for row in rows])
        axes.invert_yaxis()
        axes.set_xlim(0, _ROW_OCTETS)
        axes.set_xlabel("octets of a row; rows that are erased are left out")
        axes.legend(seen.values(), seen.keys(), loc="center left", bbox_to_anchor=(1, 0.5))


def _rows(region: Region) -> Iterator[tuple[int, int]]:
    """A region cut where rows end: start and octets."""
    start, end = region.start, region.start + region.octets
    while start < end:
        stop = min(end, (start // _ROW_OCTETS + 1) * _ROW_OCTETS)
        yield start, stop - start
        start = stop
