// CS06: the firmware image that is held becomes the one that runs, now or later. The counterpart of
// firmware_sim/machine/uses/activation.py.
#ifndef MACHINE_ACTIVATE_FIRMWARE_H
#define MACHINE_ACTIVATE_FIRMWARE_H

#include "gbcs/message.h"
#include "machine/machine.h"

// Answers the command, or with the REASON_ of a refusal.
uint8_t activate_firmware(const struct message *message, struct effects *effects);

// Carries out the activation that waits, and tells whoever asked for it; a REASON_, or 0.
uint8_t run_activation(struct effects *effects);

#endif
