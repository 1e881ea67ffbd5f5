// The UTRN Counter Cache: which counters of top-ups are spent. A counter that falls out of it is
// below the floor from then on. The counterpart of firmware_sim/machine/uses/cache.py.
#ifndef MACHINE_TOP_UP_CACHE_H
#define MACHINE_TOP_UP_CACHE_H

#include "octets.h"

// What has happened under bits 63 to 32 of a counter: TOP_UP_ flags, 0 for nothing.
uint8_t top_up_flags(uint32_t counter_high);

// The highest counter whose token was credited, bits 63 to 32; 0 if there is none.
uint32_t top_up_highest(void);

// At and below it no token is good; 0 if none is set.
uint64_t top_up_floor(void);

// What becomes durable of one top-up, in this order: the entry, the meter, the floor.
struct top_up_change {
    uint32_t counter_high;
    uint8_t flags;            // besides those that it has
    const int64_t *balance;   // of the meter from now on; NULL: not credited
};

void changes_put_top_up(const struct top_up_change *change);

#endif
