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

enum {
    USES = 12,
    USE_OBJECTS = 14,
    USE_ASKERS = 3,
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
