// The board's end of the link (hw/PROTOCOL.md): frames in, the machine in the middle, frames out.
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include "link/boot_record.h"

// Forgets everything and sends BOOT. After board_start, crypto_self_test and machine_power_on
// (in this order; without a good self-test the machine must not be powered on).
void link_start(const struct link_boot *boot);

// One turn of the main loop, for ever: at most one octet in, all answers out. Relies on
// board_receive coming back within 100 ms even if nothing is received: the clock needs it.
void link_poll(void);

// The two halves of link_poll, for hosts that have no board_receive.
void link_take(uint8_t octet);
void link_time_passes(void);

#endif
