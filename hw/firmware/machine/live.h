// The live records, in order of their keys: where in the flash each of them stands.
#ifndef MACHINE_LIVE_H
#define MACHINE_LIVE_H

#include "octets.h"
#include "generated/layout.h"

void live_clear(void);

// Carries out the entries from one place in the flash to another; false if they are more than
// MAX_LIVE_RECORDS: no device writes so many (layout.py).
bool live_apply(const uint8_t *entry, const uint8_t *end);

// The put entry under a key; NULL if there is none.
const uint8_t *live_find(uint32_t key);

// The put entry with the lowest key that is at least this one; NULL if there is none.
const uint8_t *live_from(uint32_t key);

// All put entries in order.
const struct octets *live_entries(size_t *count);

#endif
