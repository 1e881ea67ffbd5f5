// Keys that cells have given up, with the counters that they were used with. The counterpart of
// firmware_sim/machine/credentials/retired_keys.py.
//
// A key that comes back brings back all that it has protected before: a counter below its old one
// would let those commands run again. So a cell remembers the last four keys that it gave up, and
// a key that returns raises its role's counter to where it was when that key went.
#ifndef MACHINE_RETIRED_KEYS_H
#define MACHINE_RETIRED_KEYS_H

#include "machine/floors.h"
#include "machine/state.h"

// Adds to the present changes what to remember of the keys that a command takes away, in the
// order of its replacements.
void changes_put_retired_keys(const struct rekeyed *rekeyed, uint8_t authorising_role,
                              uint64_t counter);

// Raises the counters of a cell's role to those of the last use of the key (65 octets) that the
// cell is about to hold, if it held that key before.
void counters_raise(struct counters *counters, uint16_t cell, const uint8_t *public_key);

#endif
