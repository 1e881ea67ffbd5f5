// Reading an area: which records live in it, where its journal ends, what is damaged:
// image/scan.py. It only reads the flash.
#ifndef MACHINE_SCAN_H
#define MACHINE_SCAN_H

#include "generated/geometry.h"
#include "machine/store.h"

struct scan {
    uint32_t tail;      // offset in the area behind the last commit mark
    uint32_t sequence;  // number of the next transaction
    bool is_flawed;     // nothing may be appended before the area has been rewritten
};

// Finds the live records. STORE_ALTERED: a committed record is; STORE_FULL: they are too many.
enum store_result scan_journal(const struct area *area, uint32_t generation, struct scan *scan);

#endif
