// Power cuts on demand: CUT of hw/PROTOCOL.md. A board's two flash functions call these:
//
//     void flash_program_word(uint32_t offset, uint32_t word)
//     {
//         word = cut_before_program(offset, word);
//         ... program `word` ...
//         cut_after_operation();
//     }
//
//     void flash_erase_block(uint32_t block)
//     {
//         cut_before_erase(block);
//         ... erase ...
//         cut_after_operation();
//     }
//
// Where the cut falls due they call board_reset, which does not return.
#ifndef LINK_CUT_H
#define LINK_CUT_H

#include <stdbool.h>
#include <stdint.h>

enum { CUT_BEFORE = 0, CUT_AFTER = 1, CUT_TORN = 2 };
enum { CUT_NEVER = 0xFFFFFFFF };

// What was done since the start, for STATISTICS.
struct cut_counts {
    uint32_t programs;
    uint32_t erases;
};

// Nothing armed, nothing counted; link_start calls it.
void cut_start(void);

// `operation` operations still complete, then the next one is cut; CUT_NEVER disarms. `mask`
// says which bits of a torn operation change. False: no such flavour.
#ifndef LINK_CLOSED
bool cut_arm(uint32_t operation, uint8_t flavour, uint32_t mask);
#endif

// First of all in flash_program_word. The word to program: the same one, or one with only some of
// its bits changed.
uint32_t cut_before_program(uint32_t offset, uint32_t word);

// First of all in flash_erase_block.
void cut_before_erase(uint32_t block);

// Last of all in both, when the flash is at rest.
void cut_after_operation(void);

struct cut_counts cut_counts(void);

#endif
