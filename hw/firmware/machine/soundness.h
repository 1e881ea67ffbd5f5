// Which records a device starts from: those that a device of this format writes, and no others.
// The counterpart of firmware_sim/machine/image/soundness.py.
//
// A CRC vouches that octets are as they were written; it says nothing about who wrote them. A record
// that no device writes would stop one that started from it, at once or at some later command.
#ifndef MACHINE_SOUNDNESS_H
#define MACHINE_SOUNDNESS_H

#include "octets.h"

// Whether every live record is one that a device writes.
bool records_are_sound(void);

#endif
