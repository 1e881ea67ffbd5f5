// The bare cryptographic operations, timed (PROTOCOL.md, 5.9).
#ifndef LINK_MEASURE_H
#define LINK_MEASURE_H

#include "link/link_types.h"
#include "octets.h"

enum decline_reason measure(struct octets payload, struct writer *answer);

#endif
