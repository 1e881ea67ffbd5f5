// Sensitive items in the answers of a device: encrypted for the party that is addressed, with its
// key agreement key. Every item of one message has the same key and the same IV, and so the same
// keystream: two items in clear differ in the bits in which their cipher texts do. That is what the
// protocol says, and what reference messages show.
#ifndef GBCS_SENSITIVE_H
#define GBCS_SENSITIVE_H

#include "gbcs/protection.h"

enum {
    SENSITIVE_HEADER_OCTETS = 5,
    SENSITIVE_OVERHEAD_OCTETS = SENSITIVE_HEADER_OCTETS + MAC_OCTETS,
};

// An item is written, in clear, between the two calls: security header before it, tag of 12 octets
// behind it. `start` is what sensitive_begin returned; `use` is of the answer, with
// PURPOSE_ENCRYPTION.
size_t sensitive_begin(struct writer *writer);
void sensitive_end(struct writer *writer, size_t start, const struct key_use *use,
                   const uint8_t secret[SECRET_OCTETS]);

#endif
