// What a power cut leaves of one step: firmware_sim/machine/flash/cut.py, and nor.py for the counts.
#ifndef NATIVE_CUTTING_H
#define NATIVE_CUTTING_H

#include "native/watch.h"

enum sweep_flavour {
    SWEEP_BEFORE,         // nothing of it happened
    SWEEP_PREFIX,         // its first `amount` octets are done
    SWEEP_BITS,           // the bits under the mask at `amount` of the masks are done
    SWEEP_BIT,            // one bit is done: `amount`, counted from the lowest of the last octet
    SWEEP_ALL_BUT_BIT,    // all but that one
    SWEEP_PREPROGRAMMED,  // an erase that programmed everything first
    SWEEP_AFTER,          // all of it happened
};

struct sweep_cut {
    uint32_t flavour;
    uint32_t amount;
};

// Leaves the flash, which is as it was before the step, as the cut step leaves it. False: no such
// cut of this step.
bool cut_step(struct watch *watch, const struct trace *trace, const struct step *step,
              struct sweep_cut cut, const uint8_t *masks, size_t masks_length);

#endif
