// Is this token good, and what is it worth? For a command that brings it, and for a customer who
// types it in. The counterpart of firmware_sim/machine/uses/tokens.py.
#ifndef MACHINE_TOP_UP_H
#define MACHINE_TOP_UP_H

#include "gbcs/utrn.h"

struct top_up {
    struct utrn utrn;
    uint64_t counter;  // the whole one, whose lower 32 bits are zero
    int64_t value;     // thousandths of a penny
    int64_t balance;   // with this top-up
};

// Each answers with the REASON_ of a refusal, or 0.

// The digits, their fields and the value.
uint8_t top_up_read(struct octets digits, struct top_up *top_up);

// The MAC, by the supplier's prepayment key; needs the counter.
uint8_t top_up_authenticate(const struct top_up *top_up);

// Whether it was credited before, and whether the balance has room; sets the balance.
uint8_t top_up_add(struct top_up *top_up);

static inline uint32_t top_up_counter_high(const struct top_up *top_up)
{
    return (uint32_t)(top_up->counter >> 32);
}

#endif
