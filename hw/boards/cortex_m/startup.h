// What startup.c knows of the run before this one.
#ifndef CORTEX_M_STARTUP_H
#define CORTEX_M_STARTUP_H

#include <stdint.h>

// An enum reset_cause of link/boot_record.h: RESET_POWER_ON unless board_reset or a fault came before,
// with no loss of power since.
uint8_t startup_cause(void);

#endif
