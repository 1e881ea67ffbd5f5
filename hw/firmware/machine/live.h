// The live records, in order of their keys: where in the flash each of them stands.
#ifndef MACHINE_LIVE_H
#define MACHINE_LIVE_H

#include "octets.h"

// A device of this kind holds at most 1 identity, 3 certificates, 6 key pairs, 61 cells (the root
// among them), 10 counters, its own counters, 16 events, two tallies for each reason, 4 commands
// that wait and 17 chunks of each, four former keys of each of 22 cells that counters stand behind.
// An image with more than fit here, be it only between what a transaction puts and what it removes,
// was not written by one.
enum { MAX_LIVE_RECORDS = 320 };

void live_clear(void);

// Carries out the entries from one place in the flash to another; false if they are too many.
bool live_apply(const uint8_t *entry, const uint8_t *end);

// The put entry under a key; NULL if there is none.
const uint8_t *live_find(uint32_t key);

// The put entry with the lowest key that is at least this one; NULL if there is none.
const uint8_t *live_from(uint32_t key);

// All put entries in order.
const struct octets *live_entries(size_t *count);

#endif
