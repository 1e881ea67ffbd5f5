// The device's clock, as the host set it: seconds since 1970-01-01 UTC and how far to trust it.
#ifndef MACHINE_CLOCK_H
#define MACHINE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_RELIABLE = 0, CLOCK_UNRELIABLE = 1, CLOCK_INVALID = 2 };

struct clock_reading {
    uint64_t seconds;
    uint8_t reliability;
};

struct clock_reading clock_now(void);

// Whether a moment has come; none has while the clock is invalid.
bool clock_has_reached(uint64_t seconds);

// As after a loss of power: invalid, at 0, standing still.
void clock_start(uint32_t milliseconds);

// False, and nothing changes: no such reliability, or a year of more than four digits.
bool clock_set(uint64_t seconds, uint8_t reliability, bool runs, uint32_t milliseconds);

// Moves a running clock on to the board's free-running milliseconds; to be called at least
// once in their period. The number of whole seconds that have passed.
uint32_t clock_advance(uint32_t milliseconds);

#endif
