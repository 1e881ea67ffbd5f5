// CS02a and CS02f: which credentials does this device hold? (GBCS 13.2, 13.9)
#ifndef MACHINE_READ_CREDENTIALS_H
#define MACHINE_READ_CREDENTIALS_H

#include "gbcs/message.h"
#include "machine/machine.h"

// Answers the command, or with the REASON_ of a refusal. The counters shown are those from
// before it.
uint8_t read_credentials(const struct message *message, struct effects *effects);

#endif
