// The uses of the device's keys that read values or set a state: who asks, then what. The
// counterpart of firmware_sim/machine/uses/.
#ifndef MACHINE_USES_H
#define MACHINE_USES_H

#include "gbcs/message.h"
#include "machine/asker.h"
#include "machine/machine.h"

// Answers the command, or with the REASON_ of a refusal.
uint8_t carry_out_use(const struct message *message, struct effects *effects);

// Who asks, and that it is so: the REASON_ why not, or 0. Up to then nothing is spent.
uint8_t authenticate_asker(const struct message *message, struct asker *asker);

// Sends the answer, with the protection that the use has.
void answer_asker(const struct asker *asker, const struct writer *payload,
                  struct effects *effects);

#endif
