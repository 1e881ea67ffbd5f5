// Is this command from whom it says, for this device, now? Each step answers with the REASON_ of
// a refusal, or 0. The order is: counter, authority, protection. A counter costs nothing to check
// and a signature costs the most, so a flood of replays is cheap to refuse.
#ifndef MACHINE_AUTHENTICATE_H
#define MACHINE_AUTHENTICATE_H

#include "gbcs/cells.h"
#include "gbcs/message.h"


// Whether it carries the protections that it should, and no other.
uint8_t check_protection_form(const struct message *message, bool is_signed, bool is_maced);

// Whether its Originator Counter is above the highest accepted for the role.
uint8_t check_counter(const struct message *message, uint8_t role);

// The body of the cell that authorises, which the originator must own: the owner is the Entity
// Identifier that came with the key into the cell.
uint8_t check_authority(const struct message *message, uint16_t cell, const uint8_t **body);

// Whether a 65-octet point verifies its signature.
uint8_t check_signature(const struct message *message, const uint8_t *point);

// Whether the Access Control Broker's and the device's keys give its MAC.
uint8_t check_mac(const struct message *message);

#endif
