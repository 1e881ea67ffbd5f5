// Who this board is and how it came up (PROTOCOL.md, section 6).
#ifndef LINK_BOOT_RECORD_H
#define LINK_BOOT_RECORD_H

#include "machine/store.h"
#include "octets.h"

// Why the board started; board-specific code finds out.
enum reset_cause {
    RESET_POWER_ON = 0,
    RESET_SOFTWARE = 1,
    RESET_WATCHDOG = 2,
    RESET_PIN = 3,
    RESET_UNKNOWN = 255,
};

// What main() found out before the link starts; copied.
struct link_boot {
    uint8_t reset_cause;
    bool self_test_passed;
    enum store_result store;  // of machine_power_on; STORE_FAILED if it was not called
    const char *firmware;     // version text, at most 64 octets
    uint8_t build_id[32];     // SHA-256 over the loadable text and read-only data
};

void boot_record_start(const struct link_boot *boot);
void put_boot_record(struct writer *writer);

bool boot_self_test_passed(void);

// Of the last machine_power_on: the machine runs if it is STORE_OK.
enum store_result boot_store_result(void);
void boot_set_store_result(enum store_result result);

#endif
