#include "machine/superblock.h"

#include "board.h"
#include "gbcs/crc32.h"
#include "generated/geometry.h"

static void write_version(uint8_t head[SUPERBLOCK_OCTETS], uint8_t device_type,
                          const uint8_t entity[8], uint32_t generation, uint16_t version)
{
    const struct geometry *geometry = &board_geometry;
    memset(head, 0, SUPERBLOCK_OCTETS);
    write_le(head + SUPERBLOCK_MAGIC_AT, IMAGE_MAGIC, SUPERBLOCK_MAGIC_OCTETS);
    write_le(head + SUPERBLOCK_FORMAT_VERSION_AT, version, SUPERBLOCK_FORMAT_VERSION_OCTETS);
    head[SUPERBLOCK_DEVICE_TYPE_AT] = device_type;
    head[SUPERBLOCK_ERASED_VALUE_AT] = geometry->erased_value;
    write_le(head + SUPERBLOCK_GENERATION_AT, generation, SUPERBLOCK_GENERATION_OCTETS);
    head[SUPERBLOCK_WRITE_UNIT_AT] = geometry->write_unit;
    head[SUPERBLOCK_PROGRAMS_PER_UNIT_AT] = geometry->programs_per_unit;
    memcpy(head + SUPERBLOCK_ENTITY_AT, entity, SUPERBLOCK_ENTITY_OCTETS);
    write_le(head + SUPERBLOCK_AREA_SIZE_AT, geometry->areas[0].size, SUPERBLOCK_AREA_SIZE_OCTETS);
    uint8_t *run = head + SUPERBLOCK_BLOCK_RUNS_0_COUNT_AT;
    for (int i = 0; i < GEOMETRY_RUNS; i++) {
        write_le(run + BLOCK_RUN_COUNT_AT, geometry->runs[i].count, BLOCK_RUN_COUNT_OCTETS);
        write_le(run + BLOCK_RUN_SIZE_AT, geometry->runs[i].size, BLOCK_RUN_SIZE_OCTETS);
        run += BLOCK_RUN_COUNT_OCTETS + BLOCK_RUN_SIZE_OCTETS;
    }
    uint32_t crc = crc32_update(0, head, SUPERBLOCK_CRC32_AT);
    write_le(head + SUPERBLOCK_CRC32_AT, crc, SUPERBLOCK_CRC32_OCTETS);
}

void write_superblock(uint8_t head[SUPERBLOCK_OCTETS], uint8_t device_type,
                      const uint8_t entity[8], uint32_t generation)
{
    write_version(head, device_type, entity, generation, FORMAT_VERSION);
}

enum superblock read_superblock(const uint8_t head[SUPERBLOCK_OCTETS])
{
    uint8_t device_type = head[SUPERBLOCK_DEVICE_TYPE_AT];
    const uint16_t version = read_le16(head + SUPERBLOCK_FORMAT_VERSION_AT);
    if (read_le32(head + SUPERBLOCK_MAGIC_AT) != IMAGE_MAGIC || version < OLDEST_VERSION
        || version > FORMAT_VERSION || device_type > 31
        || (DEVICE_TYPES & 1u << device_type) == 0
        || read_le32(head + SUPERBLOCK_CRC32_AT) != crc32_update(0, head, SUPERBLOCK_CRC32_AT)) {
        return SUPERBLOCK_NONE;
    }
    uint8_t ours[SUPERBLOCK_OCTETS];
    write_version(ours, device_type, head + SUPERBLOCK_ENTITY_AT,
                  read_le32(head + SUPERBLOCK_GENERATION_AT), version);
    return memcmp(ours, head, sizeof ours) == 0 ? SUPERBLOCK_OURS : SUPERBLOCK_FOREIGN;
}
