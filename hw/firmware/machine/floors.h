// Counters after an update: the authorising role's advances, floors may lower some. The
// counterpart of firmware_sim/machine/credentials/floors.py.
//
// A floor lets a new key holder start its own sequence. If the key did not change, a lower
// counter would let every captured command of that key run again; so a floor lowers a counter
// only where every key that authenticates the role changed in the same command, and never below
// what a key that comes back was used with before.
#ifndef MACHINE_FLOORS_H
#define MACHINE_FLOORS_H

#include "gbcs/update_credentials.h"

// The cells whose public key a command changes.
struct rekeyed {
    size_t count;
    uint16_t cells[MAX_REPLACEMENTS];
    const uint8_t *public_keys[MAX_REPLACEMENTS];  // the new ones, in the present changes
};

bool is_rekeyed(const struct rekeyed *rekeyed, uint16_t cell);

// Adds the counters to the present changes, in order of their roles, when an update has been
// carried out.
void changes_put_floors(const struct update_control *control, const struct replacement_rule *rule,
                        const struct rekeyed *rekeyed);

#endif
