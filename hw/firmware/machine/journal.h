// Writing an area: append a transaction, or rewrite everything into the other area:
// store/journal.py, whose order of programs and erases is what makes either of them atomic.
#ifndef MACHINE_JOURNAL_H
#define MACHINE_JOURNAL_H

#include "generated/geometry.h"
#include "machine/store.h"

// The active area of the flash and the place where its next transaction goes.
struct journal {
    uint8_t device_type;
    uint8_t entity[8];
    uint8_t area;          // number of the active area
    bool spare_is_erased;  // erased to the end since power-on; octets that read so do not show it
    uint32_t generation;
    uint32_t tail;      // offset in the area of the next transaction
    uint32_t sequence;  // number of the next transaction
};


// Erases the whole flash, then makes area 0 the active one, with what is staged.
bool journal_create(struct journal *journal);

// Adds what is staged as one transaction, for which there is room. False: the flash does not read
// back what was programmed.
bool journal_append(struct journal *journal);

// Writes the live records, as the staged changes leave them, to the other area, makes that the
// active one and erases this one. False: as for append; this area is then still the active one.
bool journal_rewrite(struct journal *journal);

// Erases the area that is not active.
void journal_erase_spare(struct journal *journal);

#endif
