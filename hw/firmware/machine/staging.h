// Records from outside that become a new device's first image.
#ifndef MACHINE_STAGING_H
#define MACHINE_STAGING_H

#include "octets.h"

enum staging { STAGED, STAGING_BAD_KIND, STAGING_BAD_LENGTH, STAGING_NO_ROOM };

// Adds one to the changes, which have begun.
enum staging stage_record(uint8_t kind, uint16_t index, struct octets body);

#endif
