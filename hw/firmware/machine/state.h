// Typed views of the store: the counterpart of firmware_sim/machine/state.py. What is returned in place
// is valid until the next commit.
#ifndef MACHINE_STATE_H
#define MACHINE_STATE_H

#include "octets.h"
#include "machine/store.h"

// What a device remembers of one role's Originator Counters; a number that it does not hold is 0.
struct counters {
    uint8_t present;  // COUNTERS_HAS_
    uint64_t execution;
    uint64_t specialist;
};

// Whether every record is there without which no device can run.
bool state_is_complete(void);

uint8_t state_device_type(void);

// 8 octets.
const uint8_t *state_entity(void);

// A cell's body (CELL_..._AT), that of the root cell too; NULL if the device has no such cell.
const uint8_t *state_cell(uint16_t cell);

// The wrapped contingency key in a root cell's body; empty if the root brought none.
struct octets state_contingency_key(const uint8_t *root);

// Walks the cells in order of their ids, but the root last: start with *cursor = -1.
bool state_next_cell(int32_t *cursor, const uint8_t **body);

// One of the device's key pairs (DEVICE_KEY_..._AT); NULL if there is none in that state.
const uint8_t *state_own_key(uint8_t key_usage, uint8_t key_state);

// The scalar of the key pair in use.
const uint8_t *state_private_key(uint8_t key_usage);

struct counters state_counters(uint8_t role);

// The highest Originator Counter accepted from a role, or its floor; 0 if none.
uint64_t state_counter(uint8_t role);

// The next Originator Counter of the device's own; the second adds to the changes that it is
// used up. It may be used only after the commit.
uint64_t state_own_counter(void);
void changes_spend_own_counter(void);

void changes_put_counters(uint8_t role, const struct counters *counters);

// A command with this counter is accepted. Counters never go back: a future-dated command runs
// when later ones may have been accepted.
void counters_advance(struct counters *counters, uint64_t counter);
void changes_advance(uint8_t role, uint64_t counter);

#endif
