// What changes of a meter when its keys are used: balance, firmware, supply, tenancy. The
// counterpart of MeterState in firmware_sim/machine/image/use_records.py.
#ifndef MACHINE_METER_H
#define MACHINE_METER_H

#include "octets.h"

// The body (METER_..._AT), all zero where an older image has none. Valid until the next commit.
const uint8_t *state_meter(void);

// Thousandths of a penny.
int64_t meter_balance(void);

// Adds to the changes a body that begins as it is now; once a set of changes.
uint8_t *changes_put_meter(void);

#endif
