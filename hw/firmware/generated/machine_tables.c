// Made by `python -m firmware_sim.hw.headers` from the Python package; do not edit.
// Source: firmware_sim/machine/ (refusals, events, clock)
#include "generated/machine_tables.h"

const uint16_t refusal_alerts[REASONS] = {
    [REASON_MODE_AND_CODE_DISAGREE] = ALERT_COMMAND_INTEGRITY_FAILED,
    [REASON_WRONG_PROTECTION] = ALERT_COMMAND_INTEGRITY_FAILED,
    [REASON_REPLAYED] = ALERT_OTHER_AUTHENTICATION_FAILED,
    [REASON_NO_AUTHORITY] = ALERT_SOURCE_LACKS_AUTHORITY,
    [REASON_BAD_SIGNATURE] = ALERT_TRUSTED_SOURCE_AUTHENTICATION_FAILED,
    [REASON_BAD_MAC] = ALERT_TRUSTED_SOURCE_AUTHENTICATION_FAILED,
};

const uint8_t clock_statuses[3] = {
    0x00, 0x02, 0xFF,
};
