// Which records of the uses of keys a device writes: firmware_sim/machine/image/use_soundness.py.
#ifndef MACHINE_USE_SOUNDNESS_H
#define MACHINE_USE_SOUNDNESS_H

#include "octets.h"

// For the kinds from RECORD_TOP_UP on.
bool is_sound_use(uint8_t kind, uint16_t index, const uint8_t *body);

#endif
