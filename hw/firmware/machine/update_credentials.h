// CS02b and CS02g: replace credentials, now or at a stated time (GBCS 13.3, 13.10). The
// counterpart of firmware_sim/machine/commands/update_credentials.py.
#ifndef MACHINE_UPDATE_CREDENTIALS_H
#define MACHINE_UPDATE_CREDENTIALS_H

#include "gbcs/message.h"
#include "machine/machine.h"

// Carries out, stores or cancels an update and answers, or with the REASON_ of a refusal, which
// may have an answer too. The answer follows what is durable.
uint8_t update_credentials(const struct message *message, struct effects *effects);

#endif
