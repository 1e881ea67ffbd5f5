// Sensitive items in the answers of a device: encrypted for the party that is addressed,
// with its key agreement key. Every item of one message has the same key and the same IV, and so the
// same keystream: the difference of two items in clear is that of their cipher texts. That is what
// the protocol says, and what reference messages show.
#ifndef GBCS_SENSITIVE_H
#define GBCS_SENSITIVE_H

#include "gbcs/protection.h"

enum {
    SENSITIVE_HEADER_OCTETS = 5,
    SENSITIVE_OVERHEAD_OCTETS = SENSITIVE_HEADER_OCTETS + MAC_OCTETS,
};

// Appends an item: security header, cipher text, tag of 12 octets. `use` is of the answer, with
// PURPOSE_ENCRYPTION.
void sensitive_put(struct writer *writer, const struct key_use *use,
                   const uint8_t secret[SECRET_OCTETS], struct octets item);

#endif
