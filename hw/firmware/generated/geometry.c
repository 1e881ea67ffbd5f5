// Made by `python -m firmware_sim.hw.headers` from the Python package; do not edit.
// Source: firmware_sim/machine/flash/geometry.py
#include "generated/geometry.h"

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
}

const struct named_geometry named_geometries[NAMED_GEOMETRIES] = {
    {"tiny", GEOMETRY_TINY},
    {"nrf52840", GEOMETRY_NRF52840},
    {"stm32f4", GEOMETRY_STM32F4},
    {"stm32l4", GEOMETRY_STM32L4},
    {"stm32h7", GEOMETRY_STM32H7},
    {"stm32l1", GEOMETRY_STM32L1},
    {"nor-64k", GEOMETRY_NOR_64K},
};
