// Future-dated updates: stored now, judged and carried out when they fall due, then reported. The
// counterpart of firmware_sim/machine/commands/scheduler.py.
//
// A later command of the same originator and mode takes the place of a stored one, and a
// cancellation removes it.
#ifndef MACHINE_SCHEDULER_H
#define MACHINE_SCHEDULER_H

#include "gbcs/update_credentials.h"
#include "gbcs/message.h"
#include "machine/machine.h"

// Keeps an authenticated command until it falls due. Answers with the REASON_ of a refusal, or 0;
// REASON_NO_ROOM sets the STATUS_ that says what is lacking.
uint8_t store_for_later(const struct message *message, const struct update_command *command,
                        uint8_t *status);

// Forgets the command that waits and is of the same originator and mode, if there is one.
uint8_t cancel(const struct message *message, const struct update_command *command);

// Carries out every waiting command whose time has come; one alert each. Sets the reason if that
// comes to an early end.
void run_due(struct effects *effects);

#endif
