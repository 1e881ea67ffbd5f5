// The uses that are DLMS access requests: values are read, in clear or encrypted. The counterpart of
// firmware_sim/machine/uses/access.py.
#ifndef MACHINE_ACCESS_H
#define MACHINE_ACCESS_H

#include "machine/asker.h"

// Writes the payload of the answer; false: the command's is malformed.
bool access_objects(const struct asker *asker, struct writer *payload);

#endif
