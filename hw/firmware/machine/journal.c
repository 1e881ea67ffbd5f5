#include "machine/journal.h"

#include "board.h"
#include "gbcs/crc32.h"
#include "machine/changes.h"
#include "machine/entries.h"
#include "machine/live.h"
#include "machine/superblock.h"

// A transaction on its way into the flash.
struct transaction {
    uint32_t address;  // of its next entry
    uint32_t entries;
    uint32_t crc;
};

// All runs of words are ascending, start on 16 octets and are as many long, and none is programmed
// twice between erases: a driver for a wider write unit may hold words back until one is full.
static bool program(uint32_t address, const uint8_t *octets, uint32_t length)
{
    for (uint32_t i = 0; i < length; i += 4) {
        flash_program_word(address + i, read_le32(octets + i));
    }
    return memcmp(board_flash + address, octets, length) == 0;
}

static void erase(const struct area *area)
{
    for (uint32_t i = 0; i < area->block_count; i++) {
        flash_erase_block(area->first_block + i);
    }
}

static bool add(struct transaction *transaction, const uint8_t *entry)
{
    uint32_t octets = entry_octets(entry);
    uint32_t address = transaction->address;
    transaction->address += octets;
    transaction->entries++;
    transaction->crc = crc32_update(transaction->crc, entry, octets);
    return program(address, entry, octets);
}

// Programs the mark; the transaction's address is then behind it.
static bool commit(struct transaction *transaction, uint32_t sequence, uint32_t generation,
                   uint32_t area_base)
{
    uint8_t mark[COMMIT_OCTETS];
    uint32_t address = transaction->address;
    write_commit_mark(mark, transaction->entries, sequence, transaction->crc, generation,
                      address - area_base);
    transaction->address += sizeof mark;
    return program(address, mark, sizeof mark);
}

static bool add_staged(struct transaction *transaction, uint8_t mark)
{
    uint8_t *entry = NULL;
    while ((entry = changes_after(entry)) != NULL) {
        if (entry[ENTRY_MARK_AT] == mark && !add(transaction, entry)) {
            return false;
        }
    }
    return true;
}

bool journal_append(struct journal *journal)
{
    const struct area *area = &board_geometry.areas[journal->area];
    struct transaction transaction = {.address = area->base + journal->tail};
    uint32_t start = transaction.address;
    journal->tail = area->size;  // should the flash fail, what stands there is in doubt
    if (!add_staged(&transaction, MARK_PUT) || !add_staged(&transaction, MARK_DELETE)) {
        return false;
    }
    uint32_t end = transaction.address;
    if (!commit(&transaction, journal->sequence, journal->generation, area->base)) {
        return false;
    }
    journal->tail = transaction.address - area->base;
    journal->sequence++;
    return live_apply(board_flash + start, board_flash + end);
}

// Of the records that the staged changes will leave, the one with the lowest key that is at
// least this one; NULL if there is none.
static const uint8_t *resulting(uint32_t key)
{
    for (;;) {
        const uint8_t *first = live_from(key);
        uint8_t *entry = NULL;
        while ((entry = changes_after(entry)) != NULL) {
            if (entry[ENTRY_MARK_AT] != MARK_DROPPED && entry_key(entry) >= key
                && (first == NULL || entry_key(entry) <= entry_key(first))) {
                first = entry;
            }
        }
        if (first == NULL || first[ENTRY_MARK_AT] == MARK_PUT) {
            return first;
        }
        key = entry_key(first) + 1;
    }
}

// The snapshot, then the superblock, which is the commit point, then its copy.
static bool write_area(struct journal *journal, uint8_t number, uint32_t generation)
{
    const struct area *area = &board_geometry.areas[number];
    struct transaction transaction = {.address = area->base + JOURNAL_START};
    uint32_t start = transaction.address;
    const uint8_t *entry = resulting(0);
    for (; entry != NULL; entry = resulting(entry_key(entry) + 1)) {
        if (!add(&transaction, entry)) {
            return false;
        }
    }
    uint32_t end = transaction.address;
    uint8_t head[SUPERBLOCK_OCTETS];
    write_superblock(head, journal->device_type, journal->entity, generation);
    if (!commit(&transaction, 0, generation, area->base)
        || !program(area->base, head, sizeof head)
        || !program(area->base + SUPERBLOCK_OCTETS, head, sizeof head)) {
        return false;
    }
    journal->area = number;
    journal->generation = generation;
    journal->tail = transaction.address - area->base;
    journal->sequence = 1;
    live_clear();
    return live_apply(board_flash + start, board_flash + end);
}

bool journal_create(struct journal *journal)
{
    erase(&board_geometry.areas[1]);
    erase(&board_geometry.areas[0]);
    live_clear();
    journal->spare_is_erased = write_area(journal, 0, 1);
    return journal->spare_is_erased;
}

bool journal_rewrite(struct journal *journal)
{
    if (!journal->spare_is_erased) {
        journal_erase_spare(journal);
    }
    journal->spare_is_erased = false;
    if (!write_area(journal, journal->area ^ 1, journal->generation + 1)) {
        return false;
    }
    journal_erase_spare(journal);
    return true;
}

void journal_erase_spare(struct journal *journal)
{
    erase(&board_geometry.areas[journal->area ^ 1]);
    journal->spare_is_erased = true;
}
