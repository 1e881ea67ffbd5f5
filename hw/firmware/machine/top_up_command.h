// CS01a and CS01b: a top-up that the supplier sends. The counterpart of
// firmware_sim/machine/uses/top_up.py.
#ifndef MACHINE_TOP_UP_COMMAND_H
#define MACHINE_TOP_UP_COMMAND_H

#include "gbcs/message.h"
#include "machine/machine.h"

// Answers the command, or with the REASON_ of a refusal, which may be answered too.
uint8_t top_up(const struct message *message, struct effects *effects);

#endif
