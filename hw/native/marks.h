// A set of 64-bit numbers, each with the order in which it came.
#ifndef NATIVE_MARKS_H
#define NATIVE_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct marks {
    uint64_t *keys;
    uint32_t *numbers;  // from 1; 0: the place is free
    size_t room;
    uint32_t count;
};

enum { MARKS_FULL = 0xFFFFFFFF };

// The number of a mark, from 0; MARKS_FULL: no memory.
uint32_t marks_add(struct marks *marks, uint64_t mark, bool *is_new);
void marks_clear(struct marks *marks);
void marks_end(struct marks *marks);

#endif
