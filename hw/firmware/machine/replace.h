// One update command, one transaction: verdicts are per cell, the accepted cells go together.
// The counterpart of firmware_sim/machine/credentials/replace.py.
#ifndef MACHINE_REPLACE_H
#define MACHINE_REPLACE_H

#include "gbcs/message.h"
#include "gbcs/update_credentials.h"
#include "machine/store.h"

enum { NOT_WAITING = -1 };

// Carries out an authenticated update and makes it durable; without room for the cells it changes
// none, spends the command all the same and reports insufficientMemory. What is to be reported is
// in `outcome` until the next command. `place` is where the command has waited, or NOT_WAITING:
// one that waited is removed, and spends the counter of the alert that will tell of it.
enum store_result execute(const struct message *message, const struct update_command *command,
                          int place, struct execution_outcome *outcome);

// The outcome of a command of which nothing is carried out, with one status for all cells.
void outcome_of_every_cell(const struct update_command *command, uint8_t status,
                           struct execution_outcome *outcome);

// Adds to the present changes that a waiting command and its octets are removed.
void changes_remove_command(int place);

#endif
