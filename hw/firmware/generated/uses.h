// Made by `python -m firmware_sim.hw.headers` from the Python package; do not edit.
// Source: gbcs/uses.py, gbcs/use_cases.py
#ifndef GENERATED_USES_H
#define GENERATED_USES_H

#include <stdint.h>

#include "generated/tables.h"

enum {
    LANGUAGE_DLMS = 1,
    LANGUAGE_ZCL = 2,
    LANGUAGE_ASN1 = 3,
};

// Places in use_objects.
enum {
    OBJECT_TOKEN_GATEWAY = 0,
    OBJECT_DATA_PROTECTION = 14,
    OBJECT_IMPORT_REGISTERS = 3,
    OBJECT_POWER_REGISTERS = 4,
    OBJECT_DEVICE_LOG = 13,
    OBJECT_ELECTRICITY_FIRMWARE = 2,
    OBJECT_GAS_FIRMWARE = 5,
    OBJECT_CONSUMER_TOP_UP = 1,
    OBJECT_CHANGE_SUPPLY = 10,
    OBJECT_GET_SAMPLED_DATA = 11,
    OBJECT_CHANGE_OF_TENANCY = 12,
};

enum {
    USES = 12,
    USE_OBJECTS = 15,
    USE_ASKERS = 3,
    MAX_ANSWER_PAYLOAD_OCTETS = 8000,
};

// A value or command of a Device; `instance` is the OBIS code, zero for ZCL.
struct object_name {
    uint16_t interface;
    uint16_t attribute;
    uint8_t instance[6];
    uint8_t is_command;
};

// A use of keys; the objects that it reaches follow one another in use_objects.
struct use {
    uint16_t code;
    uint8_t language;             // LANGUAGE_
    uint8_t askers[USE_ASKERS];   // roles, then ROLE_NONE
    uint8_t first_object;
    uint8_t objects;
    uint8_t is_signed;
    uint8_t is_encrypted;
    uint8_t is_stamped;           // the clock stands in the answer's header
};

extern const struct use uses[USES];
extern const struct object_name use_objects[USE_OBJECTS];

#endif
