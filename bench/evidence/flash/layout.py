"""How a flash is laid out, as values that a ledger can keep: names and places, never contents."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from firmware_sim.machine.image.areas import contents_of, geometry_of, valid_areas
from firmware_sim.machine.image.records import RecordKind
from firmware_sim.machine.image.regions import Region, RegionKind, regions_of

ERASED: Final = RegionKind.ERASED.value
SUPERSEDED: Final = RegionKind.SUPERSEDED.value
UNKNOWN: Final = RegionKind.UNKNOWN.value


class Piece(NamedTuple):
    """Adjacent octets with one content, as `content_of` names it, and the name of the record."""

    start: int
    octets: int
    content: str
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

    block_sizes: tuple[int, ...]
    second_area: int
    active: int
    generation: int
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

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `as_json` gave."""
        found = json.loads(text)
        pieces = tuple(Piece(*piece) for piece in found.pop("pieces"))
        return cls(**found | {"block_sizes": tuple(found["block_sizes"]), "pieces": pieces})

    def as_json(self) -> str:
        """One line; equal layouts give equal lines."""
        document = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(document, separators=(",", ":"))


def content_of(region: Region) -> str:
    """What a region holds, e.g. ``cell``, ``superblock`` or ``superseded``."""
    if region.kind is RegionKind.RECORD and isinstance(region.record, RecordKind):
        return region.record.name.lower().replace("_", " ")
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
