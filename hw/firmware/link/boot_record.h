// Who this board is and how it came up (PROTOCOL.md, section 6).
#ifndef LINK_BOOT_RECORD_H
#define LINK_BOOT_RECORD_H

#include "link/link.h"

void boot_record_start(const struct link_boot *boot);
void put_boot_record(struct writer *writer);

bool boot_self_test_passed(void);

// Of the last machine_power_on: the machine runs if it is STORE_OK.
enum store_result boot_store_result(void);
void boot_set_store_result(enum store_result result);

#endif
