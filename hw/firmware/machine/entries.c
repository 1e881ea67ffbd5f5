#include "machine/entries.h"

#include "gbcs/crc32.h"

uint16_t body_octets(uint8_t kind)
{
    static const uint16_t octets[] = BODY_OCTETS_BY_KIND;
    return kind < sizeof octets / sizeof octets[0] ? octets[kind] : 0;
}

bool is_entry(const uint8_t *at, uint32_t room)
{
    uint16_t length = read_le16(at + ENTRY_LENGTH_AT);
    if (at[ENTRY_MARK_AT] == MARK_DELETE) {
        return length == ENTRY_HEADER_OCTETS;
    }
    return at[ENTRY_MARK_AT] == MARK_PUT && length != 0
        && length == body_octets(at[ENTRY_KIND_AT]) && entry_octets(at) <= room;
}

// CRC-32 over the place and what stands before the check.
static uint32_t check_of(const uint8_t *mark, uint32_t generation, uint32_t offset)
{
    uint8_t place[8];
    write_le(place, generation, 4);
    write_le(place + 4, offset, 4);
    return crc32_update(crc32_update(0, place, sizeof place), mark, COMMIT_CHECK_AT);
}

void write_commit_mark(uint8_t mark[COMMIT_OCTETS], uint32_t entries, uint32_t sequence,
                       uint32_t records_crc, uint32_t generation, uint32_t offset)
{
    mark[COMMIT_MARK_AT] = MARK_COMMIT;
    mark[COMMIT_MARK_AT + 1] = 0;
    write_le(mark + COMMIT_ENTRIES_AT, entries, COMMIT_ENTRIES_OCTETS);
    write_le(mark + COMMIT_SEQUENCE_AT, sequence, COMMIT_SEQUENCE_OCTETS);
    write_le(mark + COMMIT_RECORDS_CRC32_AT, records_crc, COMMIT_RECORDS_CRC32_OCTETS);
    write_le(mark + COMMIT_CHECK_AT, check_of(mark, generation, offset), COMMIT_CHECK_OCTETS);
}

bool is_commit_mark(const uint8_t *at, uint32_t generation, uint32_t offset)
{
    return at[COMMIT_MARK_AT] == MARK_COMMIT
        && read_le32(at + COMMIT_CHECK_AT) == check_of(at, generation, offset);
}
