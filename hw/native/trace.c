#include "native/trace.h"

#include <stdlib.h>
#include <string.h>

#include "generated/layout.h"
#include "octets.h"

void trace_clear(struct trace *trace)
{
    trace->count = 0;
    trace->used = 0;
    trace->is_apart = true;
    trace->is_lacking = false;
}

void trace_end(struct trace *trace)
{
    free(trace->steps);
    free(trace->before);
    free(trace->after);
    *trace = (struct trace){0};
}

static bool grown(void *place, size_t octets)
{
    void *larger = realloc(*(void **)place, octets);
    if (larger != NULL) {
        *(void **)place = larger;
    }
    return larger != NULL;
}

static bool has_room(struct trace *trace, size_t octets)
{
    if (trace->octets - trace->used < octets) {
        const size_t wanted = 2 * (trace->octets + octets);
        if (!grown(&trace->before, wanted) || !grown(&trace->after, wanted)) {
            return false;
        }
        trace->octets = wanted;
    }
    if (trace->count == trace->room) {
        const size_t wanted = 2 * (trace->room + 8);
        if (!grown(&trace->steps, wanted * sizeof *trace->steps)) {
            return false;
        }
        trace->room = wanted;
    }
    return true;
}

// The step to which a word belongs; its octets are to be added by the caller.
static struct step *step_for(struct trace *trace, const struct geometry *geometry, uint32_t offset)
{
    struct step *last = trace->count > 0 ? &trace->steps[trace->count - 1] : NULL;
    const bool is_copy = offset == geometry->areas[0].base + SUPERBLOCK_OCTETS
        || offset == geometry->areas[1].base + SUPERBLOCK_OCTETS;
    if (last == NULL || trace->is_apart || is_copy || last->kind != STEP_PROGRAM
        || last->address + last->length != offset) {
        last = &trace->steps[trace->count++];
        *last = (struct step){STEP_PROGRAM, offset, 0, (uint32_t)trace->used};
    }
    trace->is_apart = false;
    return last;
}

void trace_program(struct trace *trace, const struct geometry *geometry, const uint8_t *old,
                   uint32_t offset, uint32_t word)
{
    if (!has_room(trace, 4)) {
        trace->is_lacking = true;
        return;
    }
    step_for(trace, geometry, offset)->length += 4;
    memcpy(trace->before + trace->used, old, 4);
    write_le(trace->after + trace->used, word, 4);
    trace->used += 4;
}

void trace_erase(struct trace *trace, const struct geometry *geometry, const uint8_t *flash,
                 struct block block)
{
    if (!has_room(trace, block.size)) {
        trace->is_lacking = true;
        return;
    }
    trace->steps[trace->count++] =
        (struct step){STEP_ERASE, block.start, block.size, (uint32_t)trace->used};
    memcpy(trace->before + trace->used, flash + block.start, block.size);
    memset(trace->after + trace->used, geometry->erased_value, block.size);
    trace->used += block.size;
    trace->is_apart = true;
}

void trace_part_mark(struct trace *trace, const struct geometry *geometry)
{
    struct step *last = trace->count > 0 ? &trace->steps[trace->count - 1] : NULL;
    trace->is_apart = true;
    if (last == NULL || last->kind != STEP_PROGRAM || last->length <= COMMIT_OCTETS
        || !has_room(trace, 0)) {
        return;
    }
    last = &trace->steps[trace->count - 1];
    const struct area *area = &geometry->areas[last->address >= geometry->areas[1].base];
    if (last->address - area->base <= JOURNAL_START) {
        return;  // a snapshot, whose mark is programmed with it; or a superblock
    }
    last->length -= COMMIT_OCTETS;
    trace->steps[trace->count++] = (struct step){STEP_PROGRAM, last->address + last->length,
                                                 COMMIT_OCTETS, last->at + last->length};
}
