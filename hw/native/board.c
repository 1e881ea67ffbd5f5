// The board that is none: memory that the caller owns, and a reset that is a return. What the
// firmware may only read changes here between two runs of it, so this file does not see board.h.
#include "native/device.h"

#include "link/cut.h"
#include "native/watch.h"
#include "octets.h"

extern const char board_name[];
extern const uint8_t *board_flash;
extern struct geometry board_geometry;
void flash_program_word(uint32_t offset, uint32_t word);
void flash_erase_block(uint32_t block);

const char board_name[] = "native";
const uint8_t *board_flash;
struct geometry board_geometry = GEOMETRY_NRF52840;

void board_becomes(struct device *device)
{
    board_geometry = device->geometry;
    board_flash = device->flash;
}

// A part with a write unit of one octet counts programs of octets, not of our words.
static void check_program(uint32_t offset, uint32_t old, uint32_t word)
{
    const uint32_t back = board_geometry.erased_value == 0 ? old & ~word : ~old & word;
    uint8_t *programs = &running->programs[offset / 4];
    *programs = (uint8_t)(*programs + (*programs < UINT8_MAX));
    running->misuses += *programs > board_geometry.programs_per_unit;
    running->misuses += board_geometry.programs_per_unit == 1 && back != 0;
}

void flash_program_word(uint32_t offset, uint32_t word)
{
    if (offset % 4 != 0 || offset >= board_geometry.size) {
        running->misuses++;
        return;
    }
    if (running->is_worn) {
        return;
    }
    uint8_t *at = running->flash + offset;
    const uint32_t old = read_le32(at);
    if (running->programs != NULL) {
        check_program(offset, old, word);
    }
    word = cut_before_program(offset, word);
    running->operations++;
    if (running->watch != NULL) {
        watch_program(running->watch, offset, old, word);
    }
    write_le(at, board_geometry.erased_value == 0 ? old | word : old & word, 4);
    cut_after_operation();
}

void flash_erase_block(uint32_t number)
{
    const struct block block = geometry_block(&board_geometry, number);
    if (block.size == 0) {
        running->misuses++;
        return;
    }
    if (running->is_worn) {
        return;
    }
    cut_before_erase(number);
    running->operations++;
    if (running->watch != NULL) {
        watch_erase(running->watch, block);
    }
    memset(running->flash + block.start, board_geometry.erased_value, block.size);
    running->erases[number]++;
    if (running->programs != NULL) {
        memset(running->programs + block.start / 4, 0, block.size / 4);
    }
    if (running->watch != NULL) {
        watch_erased(running->watch, number);
    }
    cut_after_operation();
}
