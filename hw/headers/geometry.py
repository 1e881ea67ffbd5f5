"""generated/geometry.h and .c: how each part's flash is cut into blocks, areas and units."""

from collections.abc import Mapping
from itertools import groupby

from firmware_sim.hw.headers.render import header, source
from firmware_sim.machine.flash.geometry import NAMED, Area, Geometry
from firmware_sim.machine.image.layout import GEOMETRY_RUNS

_SOURCE = "firmware_sim/machine/flash/geometry.py"

_TYPES = """\
// So many adjacent blocks of so many octets; unused runs are zero.
struct block_run {
    uint16_t count;
    uint32_t size;
};

// One of the two halves that hold the image in turn. Its blocks may reach beyond its size.
struct area {
    uint32_t base;
    uint32_t size;
    uint16_t first_block;
    uint16_t block_count;
};

struct geometry {
    uint32_t size;
    struct block_run runs[GEOMETRY_RUNS];
    struct area areas[2];
    uint8_t write_unit;
    uint8_t programs_per_unit;
    uint8_t erased_value;
};

struct block {
    uint32_t start;
    uint32_t size;
};

// Where a block lies in the image; a size of 0 if there is no such block.
struct block geometry_block(const struct geometry *geometry, uint32_t number);

struct named_geometry {
    const char *name;
    struct geometry geometry;
};

// Every part that is described, for the host; a board names its own by the macro.
extern const struct named_geometry named_geometries[NAMED_GEOMETRIES];"""

_BLOCK = """\
struct block geometry_block(const struct geometry *geometry, uint32_t number)
{
    struct block block = {0, 0};
    for (int i = 0; i < GEOMETRY_RUNS; i++) {
        const struct block_run *run = &geometry->runs[i];
        if (number < run->count) {
            return (struct block){block.start + number * run->size, run->size};
        }
        block.start += run->count * run->size;
        number -= run->count;
    }
    return block;
}"""


def files() -> Mapping[str, str]:
    """The texts of geometry.h and geometry.c."""
    macros = [f"#define {_macro(name)} {initialiser(part)}" for name, part in NAMED.items()]
    count = f"enum {{ NAMED_GEOMETRIES = {len(NAMED)} }};"
    parts = (count, _TYPES, "\n\n".join(macros))
    rows = "\n".join(f'    {{"{name}", {_macro(name)}}},' for name in NAMED)
    table = f"const struct named_geometry named_geometries[NAMED_GEOMETRIES] = {{\n{rows}\n}};"
    return {
        "geometry.h": header("geometry.h", _SOURCE, *parts, includes=("generated/layout.h",)),
        "geometry.c": source("geometry.h", _SOURCE, _BLOCK, table),
    }


def _macro(name: str) -> str:
    return "GEOMETRY_" + name.upper().replace("-", "_")


def initialiser(part: Geometry) -> str:
    """A struct geometry between braces, over several lines that a macro continues."""
    runs = [(len(list(group)), size) for size, group in groupby(part.block_sizes)]
    runs += [(0, 0)] * (GEOMETRY_RUNS - len(runs))
    fields = (
        f".size = {part.size}",
        f".runs = {{{', '.join(f'{{{count}, {size}}}' for count, size in runs)}}}",
        f".areas = {{{', '.join(map(_area, part.areas))}}}",
        f".write_unit = {part.write_unit}",
        f".programs_per_unit = {part.programs_per_unit}",
        f".erased_value = 0x{part.erased_value:02X}",
    )
    lines = "".join(f" \\\n        {field}," for field in fields)
    return f"\\\n    {{{lines} \\\n    }}"


def _area(area: Area) -> str:
    return f"{{{area.base}, {area.size}, {area.blocks.start}, {len(area.blocks)}}}"
