"""What the ledger keeps of a flash: its layout and its wear, never its contents."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Final, NamedTuple, Self

from pydantic import AfterValidator, Field, TypeAdapter

from firmware_sim.bench.evidence.columns import Number, Octets
from firmware_sim.machine.image.areas import contents_of, geometry_of, valid_areas
from firmware_sim.machine.image.records import RecordKind
from firmware_sim.machine.image.regions import Region, RegionKind, regions_of
from firmware_sim.machine.image.scan import ImageError
from firmware_sim.machine.image.wear import least_erases

ERASED: Final = RegionKind.ERASED.value
SUPERSEDED: Final = RegionKind.SUPERSEDED.value
UNKNOWN: Final = RegionKind.UNKNOWN.value


MOST_BLOCKS: Final = 1 << 16


def _content(name: str) -> str:
    kinds = {kind.value for kind in RegionKind} | {_lower(kind) for kind in RecordKind}
    if name not in kinds:
        raise ValueError(f"{name!r} is no content of a flash")
    return name


def _lower(kind: RecordKind) -> str:
    return kind.name.lower().replace("_", " ")


Content = Annotated[str, AfterValidator(_content)]


class Piece(NamedTuple):
    """Adjacent octets with one content, as `content_of` names it, and the name of the record."""

    start: Octets
    octets: Octets
    content: Content
    name: str

    @property
    def is_live(self) -> bool:
        """Whether a device starts from it: records, superblocks, commit marks."""
        return self.content not in (ERASED, SUPERSEDED, UNKNOWN)


@dataclass(frozen=True, slots=True)
class FlashLayout:
    """What stands where. Equal layouts are kept once, however many devices have them.

    Attributes:
        block_sizes: octets of each erase block, in address order.
        second_area: number of the first block of area 1.
        active: the area that counts, 0 or 1.
        generation: 1 after provisioning, one more with each compaction.
        pieces: the whole flash, in order and without a gap.
    """

    block_sizes: Annotated[tuple[Octets, ...], Field(min_length=1, max_length=MOST_BLOCKS)]
    second_area: Octets
    active: Annotated[int, Field(ge=0, le=1)]
    generation: Number
    pieces: tuple[Piece, ...]

    @classmethod
    def of(cls, image: bytes) -> Self:
        """Of a whole image.

        Raises:
            ImageError: no area has a sound superblock.
        """
        geometry = geometry_of(image)
        current = valid_areas(geometry, contents_of(image, geometry))[0]
        return cls(
            geometry.block_sizes,
            geometry.areas[1].blocks.start,
            current.area.number,
            current.superblock.generation,
            tuple(
                Piece(region.start, region.octets, content_of(region), region.name)
                for region in regions_of(image, geometry)
            ),
        )

    @staticmethod
    def from_json(text: str) -> "FlashLayout":
        """What `as_json` gave.

        Raises:
            ValueError: it did not give that: not such a document, or pieces with gaps.
        """
        layout = _FORM.validate_json(text)
        place = 0
        for piece in layout.pieces:
            if piece.start != place or not piece.octets:
                raise ValueError(f"a piece of the flash starts at {piece.start}, not at {place}")
            place += piece.octets
        if place != sum(layout.block_sizes) or layout.second_area >= len(layout.block_sizes):
            raise ValueError("the pieces of the flash are not its blocks")
        return layout

    def as_json(self) -> str:
        """One line; equal layouts give equal lines."""
        return _line(self)


_FORM: Final = TypeAdapter(FlashLayout)


@lru_cache(64)  # the devices of a type that were sent the same have the same
def _line(layout: FlashLayout) -> str:
    document = {name: getattr(layout, name) for name in layout.__slots__}
    return json.dumps(document, separators=(",", ":"))


def content_of(region: Region) -> str:
    """What a region holds, e.g. ``cell``, ``superblock`` or ``superseded``."""
    if region.kind is RegionKind.RECORD and isinstance(region.record, RecordKind):
        return _lower(region.record)
    return region.kind.value


def runs(values: Sequence[object], breaks: Sequence[int] = ()) -> list[range]:
    """Neighbours with equal values, as ranges of their places; none reaches over a break."""
    found: list[range] = []
    for place, value in enumerate(values):
        if found and values[place - 1] == value and place not in breaks:
            found[-1] = range(found[-1].start, place + 1)
        else:
            found.append(range(place, place + 1))
    return found


class BlockPart(NamedTuple):
    """What of a piece lies inside a block."""

    piece: Piece
    start: int
    octets: int


def parts_of(layout: FlashLayout, block: int) -> Iterator[BlockPart]:
    """Everything in a block, in order."""
    start = sum(layout.block_sizes[:block])
    end = start + layout.block_sizes[block]
    for piece in layout.pieces:
        first, last = max(piece.start, start), min(piece.start + piece.octets, end)
        if first < last:
            yield BlockPart(piece, first - start, last - first)


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


class FlashEntry(NamedTuple):
    """What a ledger stores of an image; of one that does not open, `problem` says why.

    Attributes:
        erases: of each block, as a JSON array.
        counted: whether the flash counted them, or they were read from the image.
        layout: as `FlashLayout.as_json` has it, or empty.
        layout_id: the first 16 hexadecimal digits of its SHA-256, or empty.
    """

    erases: str
    counted: bool
    layout: str
    layout_id: str
    problem: str


def flash_entry(image: bytes, erases: Sequence[int] | None, *, with_layout: bool) -> FlashEntry:
    """What a ledger stores of an image.

    Args:
        erases: of each block, as the flash counted them; None if it does not count.
    """
    layout, known, problem = "", list(erases or ()), ""
    try:
        if with_layout:
            layout = FlashLayout.of(image).as_json()
        if erases is None:
            known = list(least_erases(image))
    except ImageError as error:
        problem = error.reason
    name = sha256(layout.encode()).hexdigest()[:16] if layout else ""
    return FlashEntry(json.dumps(known), erases is not None, layout, name, problem)
