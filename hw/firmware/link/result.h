// Effects of the machine as octets of an answer or an event (PROTOCOL.md, 5.2).
#ifndef LINK_RESULT_H
#define LINK_RESULT_H

#include "link/link_types.h"
#include "machine/machine.h"

// DECLINE_NO_ROOM if the messages do not fit.
enum decline_reason put_result(struct writer *writer, const struct effects *effects,
                               uint32_t ticks);

#endif
