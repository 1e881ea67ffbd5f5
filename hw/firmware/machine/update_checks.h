// Is an authentic update fit to be carried out? Its elements against its header, mode, each other.
// None of this is looked at before the command is authenticated. The counterpart of
// firmware_sim/machine/commands/update_checks.py.
#ifndef MACHINE_UPDATE_CHECKS_H
#define MACHINE_UPDATE_CHECKS_H

#include "gbcs/message.h"
#include "gbcs/update_credentials.h"
#include "generated/machine_tables.h"

// The REASON_ of the first thing that is wrong, or 0. `rule` is the one that the command was
// authenticated by.
uint8_t check_update(const struct message *message, const struct update_command *command,
                     const struct replacement_rule *rule);

#endif
