// Manufacture: records are staged, then written as the first image (PROTOCOL.md, 5.5).
#ifndef LINK_PROVISION_H
#define LINK_PROVISION_H

#include "link/link_types.h"
#include "octets.h"

void provision_start(void);

enum decline_reason provision_record(struct octets payload, struct writer *answer);
enum decline_reason provision_finish(struct octets payload, struct writer *answer);
#ifndef LINK_CLOSED
enum decline_reason provision_erase(struct octets payload, struct writer *answer);
#endif

#endif
