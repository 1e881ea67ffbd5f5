"""The two areas of an image: what each is, and which of them counts."""

from typing import NamedTuple

from firmware_sim.machine.flash.geometry import Area, Geometry
from firmware_sim.machine.image.records import Superblock
from firmware_sim.machine.image.scan import ImageError
from firmware_sim.machine.image.superblock import find_superblock, read_superblocks


class Valid(NamedTuple):
    """An area with a sound superblock, and whether both copies of it are sound."""

    area: Area
    octets: bytes
    superblock: Superblock
    intact: bool


def geometry_of(image: bytes) -> Geometry:
    """The geometry for which saved flash contents were made.

    Raises:
        ImageError: no sound superblock describes an image of this length.
    """
    superblock = find_superblock(image)
    if superblock is None:
        raise ImageError("no sound superblock describes an image of this length")
    return superblock.geometry


def contents_of(image: bytes, geometry: Geometry) -> list[bytes]:
    """The octets of each area."""
    return [image[area.base : area.base + area.size] for area in geometry.areas]


def valid_areas(geometry: Geometry, contents: list[bytes]) -> list[Valid]:
    """The areas that have a sound superblock, the one that counts first.

    That is the one of the higher generation: it was completed later. Two are valid only between
    the end of a compaction and the erasure of the old area.

    Raises:
        ImageError: there is none, or it describes another flash.
    """
    found: list[Valid] = []
    for area in geometry.areas:
        octets = contents[area.number]
        superblock, intact = read_superblocks(octets)
        if superblock is not None:
            found.append(Valid(area, octets, superblock, intact))
    if not found:
        raise ImageError("no area has a sound superblock: never provisioned, or destroyed")
    found.sort(key=_generation, reverse=True)
    if found[0].superblock.geometry != geometry:
        raise ImageError("the image was made for a flash of another geometry")
    return found


def _generation(valid: Valid) -> int:
    return valid.superblock.generation
