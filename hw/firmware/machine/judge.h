// May this certificate go into this cell? One verdict a replacement, independent of the others.
// The counterpart of firmware_sim/machine/credentials/judge.py.
//
// All certificates are judged against the root that the device will hold after the command: the
// incoming one, if its own verdict is good, else the present one. By anyByContingency the present
// root is not trusted any more: without the incoming one every cell fails.
#ifndef MACHINE_JUDGE_H
#define MACHINE_JUDGE_H

#include "gbcs/certificate.h"
#include "gbcs/update_credentials.h"

// Reads the command's path and judges its new root, if it has one. The command and the state
// must stay as they are while its replacements are judged.
void judge_begin(const struct update_command *command, const struct replacement_rule *rule);

// The STATUS_ of one replacement; on success `certificate` is the one to hold, until the next.
uint8_t judge_replacement(const struct replacement *replacement,
                          const struct certificate **certificate);

#endif
