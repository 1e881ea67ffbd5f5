// The head of an area, written in two copies: image/superblock.py.
#ifndef MACHINE_SUPERBLOCK_H
#define MACHINE_SUPERBLOCK_H

#include "octets.h"
#include "generated/layout.h"

enum superblock {
    SUPERBLOCK_NONE,     // damaged, or none at all
    SUPERBLOCK_OURS,     // sound
    SUPERBLOCK_FOREIGN,  // sound, but made for a flash of another geometry
};

// A superblock for this board's flash, checksum included.
void write_superblock(uint8_t head[SUPERBLOCK_OCTETS], uint8_t device_type,
                      const uint8_t entity[8], uint32_t generation);

enum superblock read_superblock(const uint8_t head[SUPERBLOCK_OCTETS]);

#endif
