// Made by `python -m firmware_sim.hw.headers` from the Python package; do not edit.
// Source: firmware_sim/machine/flash/geometry.py
#ifndef GENERATED_GEOMETRY_H
#define GENERATED_GEOMETRY_H

#include <stdint.h>

#include "generated/layout.h"

enum { NAMED_GEOMETRIES = 7 };

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
extern const struct named_geometry named_geometries[NAMED_GEOMETRIES];

#define GEOMETRY_TINY \
    { \
        .size = 14336, \
        .runs = {{14, 1024}, {0, 0}, {0, 0}, {0, 0}}, \
        .areas = {{0, 7168, 0, 7}, {7168, 7168, 7, 7}}, \
        .write_unit = 4, \
        .programs_per_unit = 1, \
        .erased_value = 0xFF, \
    }

#define GEOMETRY_NRF52840 \
    { \
        .size = 32768, \
        .runs = {{8, 4096}, {0, 0}, {0, 0}, {0, 0}}, \
        .areas = {{0, 16384, 0, 4}, {16384, 16384, 4, 4}}, \
        .write_unit = 4, \
        .programs_per_unit = 2, \
        .erased_value = 0xFF, \
    }

#define GEOMETRY_STM32F4 \
    { \
        .size = 114688, \
        .runs = {{3, 16384}, {1, 65536}, {0, 0}, {0, 0}}, \
        .areas = {{0, 49152, 0, 3}, {49152, 49152, 3, 1}}, \
        .write_unit = 4, \
        .programs_per_unit = 1, \
        .erased_value = 0xFF, \
    }

#define GEOMETRY_STM32L4 \
    { \
        .size = 32768, \
        .runs = {{16, 2048}, {0, 0}, {0, 0}, {0, 0}}, \
        .areas = {{0, 16384, 0, 8}, {16384, 16384, 8, 8}}, \
        .write_unit = 8, \
        .programs_per_unit = 1, \
        .erased_value = 0xFF, \
    }

#define GEOMETRY_STM32H7 \
    { \
        .size = 262144, \
        .runs = {{2, 131072}, {0, 0}, {0, 0}, {0, 0}}, \
        .areas = {{0, 131072, 0, 1}, {131072, 131072, 1, 1}}, \
        .write_unit = 16, \
        .programs_per_unit = 1, \
        .erased_value = 0xFF, \
    }

#define GEOMETRY_STM32L1 \
    { \
        .size = 16384, \
        .runs = {{64, 256}, {0, 0}, {0, 0}, {0, 0}}, \
        .areas = {{0, 8192, 0, 32}, {8192, 8192, 32, 32}}, \
        .write_unit = 4, \
        .programs_per_unit = 1, \
        .erased_value = 0x00, \
    }

#define GEOMETRY_NOR_64K \
    { \
        .size = 131072, \
        .runs = {{2, 65536}, {0, 0}, {0, 0}, {0, 0}}, \
        .areas = {{0, 65536, 0, 1}, {65536, 65536, 1, 1}}, \
        .write_unit = 1, \
        .programs_per_unit = 8, \
        .erased_value = 0xFF, \
    }

#endif
