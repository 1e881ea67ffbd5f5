// The values that a device has from its manufacture, and its firmware's version.
#ifndef MACHINE_REGISTERS_H
#define MACHINE_REGISTERS_H

#include "gbcs/uses.h"

// 0 and the value, valid until the next commit; or what every use of the object ends with;
// `undefined` if the device has no such object.
uint8_t object_read(const struct object_name *object, uint8_t undefined, struct octets *value);

#endif
