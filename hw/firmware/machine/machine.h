// The machine: octets in, effects out. All durable state is in flash; power-on rebuilds RAM.
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include "generated/machine_tables.h"
#include "machine/store.h"
#include "octets.h"

enum { MAX_EFFECT_MESSAGES = 5 };

// What came of an input; the messages stay where they are until the next input.
struct effects {
    uint8_t reason;  // 0, or a REASON_ of generated/machine_tables.h
    uint8_t count;
    struct octets messages[MAX_EFFECT_MESSAGES];
};

// Opens the store and counts the boot. Anything but STORE_OK: the machine does not run.
enum store_result machine_power_on(void);

// Handles what arrived. `message` may be overwritten. No octets make it fail.
void machine_receive(struct octets message, struct effects *effects);

// Takes the digits of a token that the customer types in.
void machine_enter(struct octets digits, struct effects *effects);

// Does what has fallen due; to be called now and then.
void machine_tick(struct effects *effects);

#endif
