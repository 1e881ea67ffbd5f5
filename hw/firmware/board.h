// What the firmware needs of a board. One directory under hw/boards implements it.
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Clocks, link and flash; called once, before anything else.
void board_start(void);

// One octet from the link, or -1 if none has come; may sleep until something happens, but for
// 100 ms at most: a running clock ticks in between.
int board_receive(void);

// Comes back when the last octet is on the line: a reset may follow at once.
void board_send(const uint8_t *octets, size_t length);

// Where the processor reads the first octet of the image in the flash.
extern const uint8_t *const board_flash;

// How that flash is cut: BOARD_GEOMETRY outside the tree, which the build makes of board.toml; one of
// the parts in generated/geometry.h inside.
extern const struct geometry board_geometry;

// The name of board.toml, as the boot record has it; 64 octets at most.
extern const char board_name[];

// Programs one word of four octets at an offset into the image, which is a multiple of 4.
// Never inlined: an emulator cuts the power at its entry.
void flash_program_word(uint32_t offset, uint32_t word);

// Returns one block to the erased value. Never inlined, for the same reason.
void flash_erase_block(uint32_t block);

// Free running; wraps. For the clock.
uint32_t board_milliseconds(void);

// Free running at the rate of the processor or of a timer: what board_ticks_per_second says.
uint32_t board_ticks(void);

// The rate of board_ticks, as the boot record has it.
extern const uint32_t board_ticks_per_second;

// The deepest that the stack has been since the start, in octets; 0 if not known.
uint32_t board_stack_octets(void);

// Why it started: an enum reset_cause of link/boot_record.h.
uint8_t board_reset_cause(void);

// SHA-256 over everything that was loaded into the board's program memory, in order of address.
void board_build_id(uint8_t digest[32]);

// Starts anew, as after a loss of power. Does not return.
__attribute__((noreturn)) void board_reset(void);

#endif
