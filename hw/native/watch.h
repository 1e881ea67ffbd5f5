// The flash of a device under watch: it keeps the rules of its part, can be put back to an earlier
// moment at little cost, and every content of it has a number by which it is known again.
#ifndef NATIVE_WATCH_H
#define NATIVE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "native/device.h"
#include "native/trace.h"

// A flash at one moment: its octets, how often each granule was programmed since its erase, and the
// mark that they make, of each page and as a whole.
struct moment {
    uint8_t *octets;
    uint8_t *programs;
    uint64_t *pages;
    uint64_t mark;
};

// A granule is what a program counts for: 4 octets, or 1 where the write unit is 1.
struct watch {
    struct device *device;
    uint8_t *programs;
    uint32_t granule;
    uint8_t most_programs;
    bool is_erased_high;
    struct moment *home;  // what the flash was put back to last
    uint8_t *is_touched;  // of each page, whether it may differ from there
    uint32_t *touched;
    uint32_t touched_count;
    uint64_t *blank;      // the mark of each page as it is after an erase
    uint64_t course;      // a number for the operations of the firmware, in their order
    uint32_t operations;
    uint32_t misuses;     // operations that no part would allow
    struct trace *trace;  // NULL: not recorded
    void (*on_spare_erased)(struct watch *watch);  // told if the first thing done is that; or NULL
    void *listener;       // for whom that is
};

// The flash is erased. False: no memory, or it has not whole pages. It is watched until watch_end.
bool watch_begin(struct watch *watch, struct device *device);
void watch_end(struct watch *watch);

bool moment_begin(struct moment *moment, const struct watch *watch);
void moment_end(struct moment *moment);

// The moment is now; from here on the watch goes back to it.
void watch_keep(struct watch *watch, struct moment *moment);

// Back to a moment; operations and misuses count from 0.
void watch_return(struct watch *watch, struct moment *moment);

// Octets or counts from one address to another are about to change, past the firmware.
void watch_touch(struct watch *watch, uint32_t start, uint32_t end);

// The mark of what the flash holds now, counts included.
uint64_t watch_mark(const struct watch *watch);

// One more program for each granule from one address to another, which are multiples of it.
void watch_count(struct watch *watch, uint32_t start, uint32_t end);

// What the firmware is about to do; the flash functions of the board call these.
void watch_program(struct watch *watch, uint32_t offset, uint32_t old, uint32_t word);
void watch_erase(struct watch *watch, struct block block);
void watch_erased(struct watch *watch, uint32_t block);

// A well mixed number of two; sums of them tell contents apart. It is the finaliser of MurmurHash3,
// over a value that depends on its place.
static inline uint64_t mixed(uint64_t value, uint64_t place)
{
    value += (place + 1) * 0x9E3779B97F4A7C15u;
    value ^= value >> 33;
    value *= 0xFF51AFD7ED558CCDu;
    value ^= value >> 33;
    value *= 0xC4CEB9FE1A85EC53u;
    return value ^ value >> 33;
}

#endif
