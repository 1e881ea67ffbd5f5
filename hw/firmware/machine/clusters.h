// The uses that are ZCL frames. The counterpart of firmware_sim/machine/uses/clusters.py.
#ifndef MACHINE_CLUSTERS_H
#define MACHINE_CLUSTERS_H

#include "machine/asker.h"

// Writes the payload of the answer, and adds to the changes what the command changes; false: it is
// malformed.
bool use_clusters(const struct asker *asker, struct writer *payload);

#endif
