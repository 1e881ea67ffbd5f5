from typing import Any

import pytest

from firmware_sim.machine.flash.geometry import NAMED, STM32F4, Geometry


@pytest.mark.parametrize("name", NAMED)
def test_areas_of_each_part_are_equal_whole_blocks_without_overlap(name: str) -> None:
    geometry = NAMED[name]
    first, second = geometry.areas
    assert first.size == second.size
    assert [*first.blocks, *second.blocks] == list(range(len(geometry.block_sizes)))
    for area in (first, second):
        assert geometry.block_starts[area.blocks[0]] == area.base
        assert sum(geometry.block_sizes[block] for block in area.blocks) >= area.size
    assert geometry.size == sum(geometry.block_sizes)


def test_unequal_blocks_are_cut_where_the_smaller_side_is_largest() -> None:
    first, second = STM32F4.areas
    assert (first.size, first.blocks) == (3 * 16384, range(3))
    assert (second.base, second.blocks) == (3 * 16384, range(3, 4))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"block_sizes": (1024,)}, "two blocks"),
        ({"block_sizes": (1024, 1000)}, "multiple of 16"),
        ({"block_sizes": (1024, 0)}, "positive"),
        ({"block_sizes": (1024, 1024), "write_unit": 2}, "write unit"),
        ({"block_sizes": (1024, 1024), "programs_per_unit": 0}, "1 to 255"),
        ({"block_sizes": (1024, 1024), "erased_value": 0x7F}, "0x00 or 0xFF"),
    ],
)
def test_impossible_parts_are_refused(arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Geometry(**arguments)
