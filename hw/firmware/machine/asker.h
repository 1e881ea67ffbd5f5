// Who asks for a use of the device's keys, and for whom the answer is.
#ifndef MACHINE_ASKER_H
#define MACHINE_ASKER_H

#include "gbcs/message.h"
#include "gbcs/protection.h"
#include "gbcs/uses.h"

struct asker {
    const struct message *message;
    const struct use *use;
    uint8_t role;
    uint16_t cell;  // that names it
};

// The role and cell of the first that may ask and is the originator; a REASON_, or 0.
uint8_t find_asker(const struct message *message, const struct use *use, struct asker *asker);

// Whether the header has what such a command may have: nothing, or, of the Access Control Broker
// alone, the party for which it asks.
bool header_fits(const struct asker *asker);

// For whom values in the answer are encrypted: the key, by the asker's secret or that of the party
// it asks for. False if the device has no key of that party.
bool reader_of(const struct asker *asker, struct key_use *use, uint8_t secret[SECRET_OCTETS]);

#endif
