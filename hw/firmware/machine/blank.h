#ifndef MACHINE_BLANK_H
#define MACHINE_BLANK_H

#include "octets.h"

// Whether octets of the flash are as an erase leaves them.
bool is_blank(const uint8_t *octets, uint32_t length);

#endif
