// The uses of a device's keys: who may ask for what. See gbcs/uses.py.
#ifndef GBCS_USES_H
#define GBCS_USES_H

#include "generated/uses.h"
#include "octets.h"

// The row of a message code; NULL if it is about a credential, or none of this firmware.
const struct use *use_of(uint16_t code);

// The object of a use with these names; NULL: the use does not reach it. `instance` has 6 octets;
// NULL in ZCL.
const struct object_name *use_reaches(const struct use *use, uint16_t interface,
                                     const uint8_t *instance, uint16_t attribute);

// Whether an instance and the names of a DLMS item are those of an object.
bool is_object(const struct object_name *object, uint16_t interface, const uint8_t *instance,
               uint16_t attribute);

#endif
