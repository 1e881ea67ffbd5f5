#include "machine/recovery.h"

#include "board.h"
#include "generated/layout.h"
#include "machine/blank.h"
#include "machine/scan.h"
#include "machine/superblock.h"

// An area's superblock: the first copy, or the second if the first is damaged.
struct head {
    const uint8_t *at;
    enum superblock state;
    bool is_intact;  // both copies are sound and equal
};

static struct head read_head(uint8_t number)
{
    const uint8_t *at = board_flash + board_geometry.areas[number].base;
    enum superblock state = read_superblock(at);
    if (state != SUPERBLOCK_NONE) {
        return (struct head){at, state, memcmp(at, at + SUPERBLOCK_OCTETS, SUPERBLOCK_OCTETS) == 0};
    }
    at += SUPERBLOCK_OCTETS;
    return (struct head){at, read_superblock(at), false};
}

static uint32_t generation_of(const struct head *head)
{
    return read_le32(head->at + SUPERBLOCK_GENERATION_AT);
}

// The area that counts is the one of the higher generation: it was completed later. Two are valid
// only between the end of a compaction and the erasure of the old area.
static struct head choose(uint8_t *number)
{
    struct head first = read_head(0);
    struct head second = read_head(1);
    *number = second.state != SUPERBLOCK_NONE
        && (first.state == SUPERBLOCK_NONE || generation_of(&second) > generation_of(&first));
    return *number != 0 ? second : first;
}

enum store_result recover(struct journal *journal)
{
    struct scan scan;
    struct head head = choose(&journal->area);
    if (head.state != SUPERBLOCK_OURS) {
        return STORE_NO_AREA;
    }
    journal->generation = generation_of(&head);
    const struct area *area = &board_geometry.areas[journal->area];
    enum store_result result = scan_journal(area, journal->generation, &scan);
    if (result != STORE_OK) {
        return result;
    }
    journal->device_type = head.at[SUPERBLOCK_DEVICE_TYPE_AT];
    memcpy(journal->entity, head.at + SUPERBLOCK_ENTITY_AT, sizeof journal->entity);
    journal->tail = scan.tail;
    journal->sequence = scan.sequence;
    journal->spare_is_erased = false;
    const struct area *spare = &board_geometry.areas[journal->area ^ 1];
    if (!is_blank(board_flash + spare->base, spare->size)) {
        journal_erase_spare(journal);
    }
    // What an older firmware has left is written anew before anything is added to it.
    const bool is_old = read_le16(head.at + SUPERBLOCK_FORMAT_VERSION_AT) != FORMAT_VERSION;
    if ((scan.is_flawed || !head.is_intact || is_old) && !journal_rewrite(journal)) {
        return STORE_FAILED;
    }
    return STORE_OK;
}
