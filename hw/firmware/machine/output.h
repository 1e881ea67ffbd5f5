// What an input leads to: the messages that the device sends, one behind the other.
#ifndef MACHINE_OUTPUT_H
#define MACHINE_OUTPUT_H

#include "machine/machine.h"

// A message about credentials that a device makes has fewer octets than this; a tick makes one for
// each command that may wait, a refusal one besides its answer, an activation a short one.
enum {
    LONGEST_ANSWER = 2816,
    ACTIVATION_ALERT_OCTETS = 192,
    OUTPUT_OCTETS = 4 * LONGEST_ANSWER + ACTIVATION_ALERT_OCTETS,
};

// Where responses and alerts are built.
extern struct writer output;

// Nothing is sent yet.
void output_start(struct effects *effects);

// Sends one more message; an empty one, for which there was no room, is not sent.
void output_add(struct effects *effects, struct octets message);

#endif
