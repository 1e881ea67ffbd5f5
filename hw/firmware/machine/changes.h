// What the next commit changes, as entries that wait in RAM. See also machine/store.h.
#ifndef MACHINE_CHANGES_H
#define MACHINE_CHANGES_H

#include "octets.h"

// The longest set: a command of 8,192 octets that waits (17 chunks of 512, in place of as many),
// its record, counters and event: 9.3 KB.
enum { MAX_CHANGES_OCTETS = 12288 };

// An entry that counts no more: a change was taken back, or changes nothing.
enum { MARK_DROPPED = 0 };

// Walks the entries, dropped ones too: start with NULL; NULL at the end.
uint8_t *changes_after(uint8_t *entry);

// Whether there were more than fit; then the set means nothing.
bool changes_overflowed(void);

#endif
