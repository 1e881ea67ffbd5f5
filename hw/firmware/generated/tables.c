// Made by `python -m firmware_sim.hw.headers` from the Python package; do not edit.
// Source: gbcs/ (enumerations, mode table, use cases, duties), default policy
#include "generated/tables.h"

const struct replacement_rule replacement_rules[MODES] = {
    {0x0100, 0x0000, ROLE_SUPPLIER, ROOT_REPLACEMENT_NORMAL, 1, 1},
    {0x0101, 0x0000, ROLE_WAN_PROVIDER, ROOT_REPLACEMENT_NORMAL, 1, 1},
    {0x0102, 0x0004, ROLE_SUPPLIER, ROOT_REPLACEMENT_NEVER, 1, 1},
    {0x0103, 0x0008, ROLE_NETWORK_OPERATOR, ROOT_REPLACEMENT_NEVER, 1, 1},
    {0x0104, 0x0010, ROLE_ACCESS_CONTROL_BROKER, ROOT_REPLACEMENT_NEVER, 0, 1},
    {0x0105, 0x0040, ROLE_WAN_PROVIDER, ROOT_REPLACEMENT_NEVER, 1, 1},
    {0x0106, 0x0020, ROLE_TRANSITIONAL_COS, ROOT_REPLACEMENT_NEVER, 1, 1},
    {0x0107, 0x0004, ROLE_TRANSITIONAL_COS, ROOT_REPLACEMENT_NEVER, 1, 1},
    {0x0108, 0x017E, ROLE_RECOVERY, ROOT_REPLACEMENT_NORMAL, 1, 0},
    {0x0109, 0x017E, ROLE_ROOT, ROOT_REPLACEMENT_ABNORMAL, 1, 0},
    {0x0125, 0x0100, ROLE_LOAD_CONTROLLER, ROOT_REPLACEMENT_NEVER, 1, 1},
    {0x0126, 0x0100, ROLE_SUPPLIER, ROOT_REPLACEMENT_NEVER, 1, 1},
};

const struct duty duties[DUTIES] = {
    {0x0008, 0x3f},
    {0x000A, 0x3f},
    {0x000B, 0x3f},
    {0x000C, 0x3f},
    {0x011B, 0x02},
    {0x0125, 0x02},
    {0x0126, 0x02},
    {0x0007, 0x02},
    {0x0097, 0x01},
    {0x0012, 0x07},
    {0x0059, 0x02},
    {0x0027, 0x02},
    {0x0028, 0x02},
    {0x0084, 0x01},
    {0x0074, 0x09},
    {0x0085, 0x01},
    {0x00A0, 0x08},
    {0x0072, 0x08},
    {0x0004, 0x04},
};

const uint8_t certificate_authorities[DEVICES] = {
    ROLE_SUPPLIER, ROLE_SUPPLIER, ROLE_WAN_PROVIDER, ROLE_SUPPLIER, ROLE_SUPPLIER, ROLE_SUPPLIER,
    ROLE_NONE,
};

const uint8_t known_codes[KNOWN_CODE_OCTETS] = {
    0x9E, 0xFD, 0x3D, 0xFF, 0xFF, 0xFF, 0xF9, 0xFF, 0xFD, 0xFF, 0x3F, 0xC7, 0x87, 0xFB, 0xFF, 0xFB,
    0xFF, 0x3B, 0xDD, 0xE8, 0x0F, 0xF8, 0xFD, 0xFF, 0xFF, 0xFE, 0xBE, 0x4F, 0x00, 0xFC, 0x07, 0x7E,
    0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x0F,
};

const uint16_t known_high_codes[KNOWN_HIGH_CODES] = {
    0x1000, 0x1001,
};
