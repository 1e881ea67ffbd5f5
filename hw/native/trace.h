// The flash operations of a piece of work, in the order in which they were done.
#ifndef NATIVE_TRACE_H
#define NATIVE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "generated/geometry.h"

enum step_kind { STEP_PROGRAM, STEP_ERASE };

// Words programmed in a row, or one block erased. `at`: where its octets stand in the trace.
struct step {
    uint32_t kind;
    uint32_t address;
    uint32_t length;
    uint32_t at;
};

struct trace {
    struct step *steps;
    size_t count;
    size_t room;
    uint8_t *before;
    uint8_t *after;
    size_t used;
    size_t octets;     // room in each of the two
    bool is_apart;     // what comes next is a step of its own
    bool is_lacking;   // there was no memory for all of it
};

void trace_clear(struct trace *trace);
void trace_end(struct trace *trace);

// A word is about to be programmed over what stands at `old`. Words in a row are one step, but for
// the two copies of a superblock: firmware_sim/machine/store programs them one by one.
void trace_program(struct trace *trace, const struct geometry *geometry, const uint8_t *old,
                   uint32_t offset, uint32_t word);
void trace_erase(struct trace *trace, const struct geometry *geometry, const uint8_t *flash,
                 struct block block);

// The commit mark of an appended transaction becomes a step of its own, as in Python; call it when
// the transaction has ended.
void trace_part_mark(struct trace *trace, const struct geometry *geometry);

#endif
