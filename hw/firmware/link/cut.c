#include "link/cut.h"

#include "board.h"
#include "octets.h"
#include "generated/geometry.h"

static struct cut_counts counts;

struct cut_counts cut_counts(void)
{
    return counts;
}

#ifdef LINK_CLOSED

void cut_start(void)
{
    counts = (struct cut_counts){0, 0};
}

uint32_t cut_before_program(uint32_t offset, uint32_t word)
{
    (void)offset;
    counts.programs++;
    return word;
}

void cut_before_erase(uint32_t block)
{
    (void)block;
    counts.erases++;
}

void cut_after_operation(void)
{
}

#else

static uint32_t remaining = CUT_NEVER;
static uint32_t torn_mask;
static uint8_t armed_flavour;
static bool is_after_due;

void cut_start(void)
{
    remaining = CUT_NEVER;
    is_after_due = false;
    counts = (struct cut_counts){0, 0};
}

bool cut_arm(uint32_t operation, uint8_t flavour, uint32_t mask)
{
    if (flavour > CUT_TORN) {
        return false;
    }
    remaining = operation;
    armed_flavour = flavour;
    torn_mask = mask;
    return true;
}

// Whether the operation that begins is the one to cut; if so, nothing is armed any more.
static bool is_due(void)
{
    if (remaining == CUT_NEVER) {
        return false;
    }
    if (remaining > 0) {
        remaining--;
        return false;
    }
    remaining = CUT_NEVER;
    if (armed_flavour == CUT_BEFORE) {
        board_reset();
    }
    is_after_due = true;
    return true;
}

uint32_t cut_before_program(uint32_t offset, uint32_t word)
{
    if (is_due() && armed_flavour == CUT_TORN) {
        uint32_t old = read_le32(board_flash + offset);
        word = old ^ ((old ^ word) & torn_mask);
    }
    counts.programs++;
    return word;
}

// What some parts leave when they lose power at the start of an erase: programmed bits.
static void tear_block(struct block block)
{
    bool is_erased_high = board_geometry.erased_value != 0;
    for (uint32_t at = block.start; at < block.start + block.size; at += 4) {
        uint32_t word = read_le32(board_flash + at);
        flash_program_word(at, is_erased_high ? word & ~torn_mask : word | torn_mask);
    }
}

void cut_before_erase(uint32_t block)
{
    if (is_due() && armed_flavour == CUT_TORN) {
        is_after_due = false;
        tear_block(geometry_block(&board_geometry, block));
        board_reset();
    }
    counts.erases++;
}

void cut_after_operation(void)
{
    if (is_after_due) {
        is_after_due = false;
        board_reset();
    }
}

#endif
