"""What an image proves about the wear of its flash. It is a lower bound: no erase is recorded.

The order of programs and erases in `machine.store.journal` is the proof. Provisioning erases
both areas, then writes generation 1 to area 0. Each later generation goes to the other area than
the one before it, and only after that area was erased to its end since it was last in use. Then
the old area is erased, from its first block on. Recovery from a power cut can only add erases.
"""

from firmware_sim.machine.flash.geometry import Area, Geometry
from firmware_sim.machine.image.areas import contents_of, geometry_of, valid_areas
from firmware_sim.machine.image.scan import is_blank


def least_erases(image: bytes, geometry: Geometry | None = None) -> tuple[int, ...]:
    """How often each block was erased at the least; an erase counts as soon as it has begun.

    A block is distinguished from its neighbours where a power cut may have made a difference: that
    the first block of the old area reads erased shows that its last erase began, not that it
    reached the others.

    Returns:
        A number for each block; all 0 if the store cannot have placed this generation there.

    Raises:
        ImageError: no area has a sound superblock.
    """
    geometry = geometry or geometry_of(image)
    current = valid_areas(geometry, contents_of(image, geometry))[0]
    generation, active = current.superblock.generation, current.area.number
    if generation < 1 or active != (generation - 1) % 2:
        return (0,) * len(geometry.block_sizes)
    # Area 0 was erased before generations 1, 3, 5 and so on. Area 1 before 4, 6, 8 and so on;
    # what provisioning erased may have served generation 2.
    before_use = ((generation + 1) // 2, max(1, generation // 2))
    counts = [before_use[area.number] for area in geometry.areas for _ in area.blocks]
    old = geometry.areas[1 - active]
    if generation > 1 and is_blank(_first_block(image, geometry, old), geometry.erased_value):
        counts[old.blocks.start] += 1
    return tuple(counts)


def _first_block(image: bytes, geometry: Geometry, area: Area) -> bytes:
    return image[area.base : area.base + geometry.block_sizes[area.blocks.start]]
