// Power-on: find the valid area, finish or undo what was cut, refuse what is altered:
// store/recovery.py.
#ifndef MACHINE_RECOVERY_H
#define MACHINE_RECOVERY_H

#include "machine/journal.h"

// Brings the flash to a state in which transactions can go on, and finds the live records.
// Nothing is changed before the whole of the valid area has been checked.
enum store_result recover(struct journal *journal);

#endif
