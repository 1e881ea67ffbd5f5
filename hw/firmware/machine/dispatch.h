// Which handler executes which message code. The counterpart of firmware_sim/machine/commands/dispatch.py.
#ifndef MACHINE_DISPATCH_H
#define MACHINE_DISPATCH_H

#include "gbcs/message.h"
#include "machine/machine.h"

// Executes a parsed message: answers it, or with the REASON_ of a refusal.
uint8_t dispatch(const struct message *message, struct effects *effects);

#endif
