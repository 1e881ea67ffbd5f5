// Power-ons of a watched flash, and which of their outcomes are different.
#ifndef NATIVE_POWER_ONS_H
#define NATIVE_POWER_ONS_H

#include "native/marks.h"
#include "native/watch.h"

// What became of a recovery from the moment on at which it had erased the spare area. From a moment
// with the same flash, the same memory of the firmware and the same place in its code, it goes on in
// the same way, and need not: many second cuts leave nothing but remains in that area.
struct power_ons {
    struct marks outcomes;
    struct marks moments;
    uint32_t *ends;   // the outcome of each moment; UNKNOWN_OUTCOME: not known yet
    size_t room;
    uint32_t here;    // the moment that the recovery has passed, MARKS_FULL: none
    uint32_t end;     // of the moment that was found again
    bool takes_shortcuts;
};

enum { UNKNOWN_OUTCOME = 0xFFFFFFFE };

// Powers on: the number of the outcome, or UNKNOWN_OUTCOME, if there is no memory.
uint32_t power_on(struct power_ons *power_ons, struct watch *watch);
void power_ons_clear(struct power_ons *power_ons);
void power_ons_end(struct power_ons *power_ons);

#endif
