// DLMS data (IEC 62056-6-2): a tag, then a content. See gbcs/dlms_data.py.
#ifndef GBCS_DLMS_DATA_H
#define GBCS_DLMS_DATA_H

#include "gbcs/axdr.h"

// Tags.
enum {
    DLMS_NULL = 0x00,
    DLMS_ARRAY = 0x01,
    DLMS_STRUCTURE = 0x02,
    DLMS_UNSIGNED_32 = 0x06,
    DLMS_OCTET_STRING = 0x09,
    DLMS_INTEGER_8 = 0x0F,
    DLMS_UNSIGNED_16 = 0x12,
    DLMS_ENUM = 0x16,
};

// Levels below the datum itself, and data of all levels together.
enum { MAX_DATA_DEPTH = 8, MAX_DATA_VALUES = 4096 };

// Steps over one datum with all that it holds; false: none, cut short, too deep or too much.
bool dlms_skip(struct octets *rest);

#endif
