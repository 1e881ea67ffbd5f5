// Made by `python -m firmware_sim.hw.headers` from the Python package; do not edit.
// Source: gbcs/ (enumerations, mode table, use cases, duties), default policy
#ifndef GENERATED_TABLES_H
#define GENERATED_TABLES_H

#include <stdint.h>

enum {
    ROLE_ROOT = 0,
    ROLE_RECOVERY = 1,
    ROLE_SUPPLIER = 2,
    ROLE_NETWORK_OPERATOR = 3,
    ROLE_ACCESS_CONTROL_BROKER = 4,
    ROLE_TRANSITIONAL_COS = 5,
    ROLE_WAN_PROVIDER = 6,
    ROLE_ISSUING_AUTHORITY = 7,
    ROLE_LOAD_CONTROLLER = 8,
    ROLE_OTHER = 127,
    ROLE_NONE = 255,
};

enum {
    KEY_USAGE_DIGITAL_SIGNATURE = 0,
    KEY_USAGE_KEY_AGREEMENT = 4,
    KEY_USAGE_KEY_CERT_SIGN = 5,
};

enum {
    CELL_USAGE_MANAGEMENT = 0,
    CELL_USAGE_PREPAYMENT_TOP_UP = 1,
};

enum {
    DEVICE_GSME = 0,
    DEVICE_ESME = 1,
    DEVICE_CHF = 2,
    DEVICE_GPF = 3,
    DEVICE_HCALCS = 4,
    DEVICE_PPMID = 5,
    DEVICE_TYPE_2 = 6,
};

enum {
    CRA_COMMAND = 1,
    CRA_RESPONSE = 2,
    CRA_ALERT = 3,
};

enum {
    STATUS_SUCCESS = 0,
    STATUS_BAD_CERTIFICATE = 5,
    STATUS_NO_TRUST_ANCHOR = 10,
    STATUS_INSUFFICIENT_MEMORY = 17,
    STATUS_CONTINGENCY_PUBLIC_KEY_DECRYPT = 22,
    STATUS_TRUST_ANCHOR_NOT_FOUND = 25,
    STATUS_RESOURCES_BUSY = 30,
    STATUS_OTHER = 127,
};

enum {
    MODE_ROOT_BY_SUPPLIER = 0,
    MODE_ROOT_BY_WAN_PROVIDER = 1,
    MODE_SUPPLIER_BY_SUPPLIER = 2,
    MODE_NETWORK_OPERATOR_BY_NETWORK_OPERATOR = 3,
    MODE_ACB_BY_ACB = 4,
    MODE_WAN_PROVIDER_BY_WAN_PROVIDER = 5,
    MODE_TRANS_COS_BY_TRANS_COS = 6,
    MODE_SUPPLIER_BY_TRANS_COS = 7,
    MODE_ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY = 8,
    MODE_ANY_BY_CONTINGENCY = 9,
    MODE_LOAD_CONTROLLER_BY_LOAD_CONTROLLER = 10,
    MODE_LOAD_CONTROLLER_BY_SUPPLIER = 11,
};

enum {
    ROOT_REPLACEMENT_NEVER = 0,
    ROOT_REPLACEMENT_NORMAL = 1,
    ROOT_REPLACEMENT_ABNORMAL = 2,
};

enum {
    ISSUE_INVALID_KEY_USAGE = 1,
    ISSUE_KEY_PAIR_GENERATION_FAILED = 2,
    ISSUE_REQUEST_PRODUCTION_FAILED = 3,
};

enum {
    INSTALL_SUCCESS = 0,
    INSTALL_INVALID_CERTIFICATE = 1,
    INSTALL_WRONG_DEVICE_IDENTITY = 2,
    INSTALL_INVALID_KEY_USAGE = 3,
    INSTALL_NO_CORRESPONDING_KEY_PAIR_GENERATED = 4,
    INSTALL_WRONG_PUBLIC_KEY = 5,
    INSTALL_CERTIFICATE_STORAGE_FAILED = 6,
    INSTALL_PRIVATE_KEY_CHANGE_FAILED = 7,
};

enum {
    PROVIDE_INVALID_KEY_USAGE = 1,
    PROVIDE_NO_CERTIFICATE_HELD = 2,
    PROVIDE_CERTIFICATE_RETRIEVAL_FAILURE = 3,
};

enum {
    ALERT_FUTURE_DATED_COMMAND_ACTIONED = 0x8F66,
    ALERT_FUTURE_DATED_COMMAND_NOT_ACTIONED = 0x8F67,
    ALERT_COMMAND_INTEGRITY_FAILED = 0x8F1E,
    ALERT_SOURCE_LACKS_AUTHORITY = 0x8F30,
    ALERT_TRUSTED_SOURCE_AUTHENTICATION_FAILED = 0x8F3D,
    ALERT_UNAUTHORISED_ACCESS_ATTEMPTED = 0x8F3E,
    ALERT_OTHER_AUTHENTICATION_FAILED = 0x8F53,
    ALERT_SIGNING_CERTIFICATE_NOT_REPLACED = 0x8F4C,
    ALERT_SIGNING_CERTIFICATE_REPLACED = 0x8F4D,
    ALERT_AGREEMENT_CERTIFICATE_NOT_REPLACED = 0x8F4E,
    ALERT_AGREEMENT_CERTIFICATE_REPLACED = 0x8F4F,
};

enum {
    CODE_CS02A = 0x0008,
    CODE_CS02C = 0x000A,
    CODE_CS02D = 0x000B,
    CODE_CS02E = 0x000C,
    CODE_CS02F = 0x011B,
    CODE_CS02B_FUTURE_DATED_ALERT = 0x00CB,
    CODE_CS02G_FUTURE_DATED_ALERT = 0x0124,
    CODE_GENERIC_CRITICAL_ALERT = 0x1000,
};

enum {
    MODES = 12,
    DUTIES = 7,
    DEVICES = 7,
    KNOWN_CODE_OCTETS = 38,
    KNOWN_HIGH_CODES = 2,
    MAX_MESSAGE_OCTETS = 8192,
    MAX_ROLES = 16,
    MAX_REPLACEMENTS = 16,
    MAX_PATH_CERTIFICATES = 8,
    MAX_FLOOR_CHANGES = 16,
    MAX_SPECIALIST_FLOORS = 4,
    MAX_READ_CERTIFICATE_OCTETS = 2048,
};

#define MAX_SEQ_NUMBER UINT64_C(9223372036854775807)

// One row of the credentials replacement modes; see gbcs/replacement.py.
struct replacement_rule {
    uint16_t code;             // message code
    uint16_t replaceable;      // bit n: role n
    uint8_t authorising_role;
    uint8_t root;              // ROOT_REPLACEMENT_
    uint8_t is_signed;         // on a Device that is not a CHF
    uint8_t is_maced;
};

// A use case that some Device types execute: bit n of `devices` is type n.
struct duty {
    uint16_t code;
    uint8_t devices;
};

extern const struct replacement_rule replacement_rules[MODES];  // by mode
extern const struct duty duties[DUTIES];
extern const uint8_t certificate_authorities[DEVICES];  // role by Device type, or NO_ROLE
extern const uint8_t known_codes[KNOWN_CODE_OCTETS];  // bit n % 8 of octet n / 8: code n
extern const uint16_t known_high_codes[KNOWN_HIGH_CODES];  // the others

#endif
