#include "machine/scan.h"

#include "board.h"
#include "gbcs/crc32.h"
#include "machine/blank.h"
#include "machine/entries.h"
#include "machine/live.h"

enum { MAX_FLIPPED_BITS = 1 };

static unsigned differing_bits(const uint8_t *one, const uint8_t *other, size_t length)
{
    unsigned bits = 0;
    for (size_t i = 0; i < length; i++) {
        for (unsigned rest = one[i] ^ other[i]; rest != 0; rest &= rest - 1) {
            bits++;
        }
    }
    return bits;
}

// A sound commit mark that was not reached proves that what it committed is altered.
static bool is_corrupted(const uint8_t *area, uint32_t start, uint32_t size, uint32_t generation)
{
    for (uint32_t offset = start; offset < size; offset += ALIGNMENT) {
        if (is_commit_mark(area + offset, generation, offset)) {
            return true;
        }
    }
    return false;
}

// Bits by which what stands behind the entries differs from the mark that would commit them.
//
// One bit is forgiven. The entries' own CRC holds, so either the mark was torn one bit short, and
// then both outcomes are right, or that bit decayed, and then the transaction happened.
static unsigned distance_from_commit(const uint8_t *area, uint32_t start, uint32_t position,
                                     uint32_t entries, uint32_t sequence, uint32_t generation)
{
    uint8_t due[COMMIT_OCTETS];
    uint32_t crc = crc32_update(0, area + start, position - start);
    write_commit_mark(due, entries, sequence, crc, generation, position);
    return differing_bits(area + position, due, sizeof due);
}

enum store_result scan_journal(const struct area *place, uint32_t generation, struct scan *scan)
{
    const uint8_t *area = board_flash + place->base;
    uint32_t position = JOURNAL_START;
    uint32_t entries = 0;
    *scan = (struct scan){.tail = position};
    live_clear();
    while (position < place->size) {
        if (is_entry(area + position, place->size - position)) {
            position += entry_octets(area + position);
            entries++;
            continue;
        }
        if (entries == 0 && scan->sequence > 0) {
            break;
        }
        unsigned flips = distance_from_commit(area, scan->tail, position, entries, scan->sequence,
                                              generation);
        if (flips > MAX_FLIPPED_BITS) {
            break;
        }
        if (!live_apply(area + scan->tail, area + position)) {
            return STORE_FULL;
        }
        scan->is_flawed = scan->is_flawed || flips > 0;
        position += COMMIT_OCTETS;
        scan->tail = position;
        scan->sequence++;
        entries = 0;
    }
    if (scan->sequence == 0) {
        return STORE_ALTERED;
    }
    if (!is_blank(area + scan->tail, place->size - scan->tail)) {
        scan->is_flawed = true;
        if (is_corrupted(area, scan->tail, place->size, generation)) {
            return STORE_ALTERED;
        }
    }
    return STORE_OK;
}
