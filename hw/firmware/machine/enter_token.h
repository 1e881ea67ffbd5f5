// A token that the customer types in. Its command, and so the counter, is not known: of the
// counters with its ten bits, the one nearest to the last that was credited. The counterpart of
// firmware_sim/machine/uses/local_entry.py.
#ifndef MACHINE_ENTER_TOKEN_H
#define MACHINE_ENTER_TOKEN_H

#include "machine/machine.h"

// Credits a token and sends the alert that says so, or answers with the REASON_ of a refusal.
uint8_t enter_token(struct octets digits, struct effects *effects);

#endif
