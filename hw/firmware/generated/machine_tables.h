// Made by `python -m firmware_sim.hw.headers` from the Python package; do not edit.
// Source: firmware_sim/machine/ (refusals, events, clock)
#ifndef GENERATED_MACHINE_TABLES_H
#define GENERATED_MACHINE_TABLES_H

#include <stdint.h>

#include "generated/tables.h"

enum {
    REASON_MALFORMED = 1,
    REASON_NOT_ADDRESSED_TO_US = 2,
    REASON_UNKNOWN_USE_CASE = 3,
    REASON_USE_CASE_NOT_SUPPORTED = 4,
    REASON_NOT_A_COMMAND = 5,
    REASON_WRONG_PROTECTION = 6,
    REASON_MODE_AND_CODE_DISAGREE = 7,
    REASON_REPLAYED = 8,
    REASON_NO_AUTHORITY = 9,
    REASON_BAD_SIGNATURE = 10,
    REASON_BAD_MAC = 11,
    REASON_CONTINGENCY_KEY_DOES_NOT_UNWRAP = 12,
    REASON_NO_ROOM = 13,
    REASON_STORAGE_FAILED = 14,
    REASON_NOTHING_TO_CANCEL = 15,
};

enum {
    EVENT_UPDATE_SECURITY_CREDENTIALS = 0x8F70,
    EVENT_FUTURE_DATED_COMMAND_STORED = 0x0002,
    EVENT_FUTURE_DATED_COMMAND_CANCELLED = 0x0003,
    EVENT_SIGNING_CERTIFICATE_NOT_REPLACED = 0x8F4C,
    EVENT_SIGNING_CERTIFICATE_REPLACED = 0x8F4D,
    EVENT_AGREEMENT_CERTIFICATE_NOT_REPLACED = 0x8F4E,
    EVENT_AGREEMENT_CERTIFICATE_REPLACED = 0x8F4F,
    EVENT_KEY_PAIR_GENERATED = 0x0001,
};

enum {
    REASONS = 16,
};

extern const uint16_t refusal_alerts[REASONS];  // by reason; 0 for silence
extern const uint8_t clock_statuses[3];  // last octet of a date-time, by reliability

#endif
