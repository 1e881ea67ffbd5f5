// ZigBee Cluster Library frames as GBCS carries them (GBZ): a profile, a number of components, and
// for each component its cluster and one frame. Numbers of the frame are little-endian, those of
// the component big-endian. The use cases of this device have one component.
#ifndef GBCS_ZCL_H
#define GBCS_ZCL_H

#include "octets.h"

enum { ZCL_GLOBAL = 0x00, ZCL_OF_CLUSTER = 0x01, ZCL_FROM_SERVER = 0x08, ZCL_TO_CLIENT = 0x09 };

enum { ZCL_READ_ATTRIBUTES = 0x00, ZCL_OCTET_STRING = 0x41 };

enum zcl_status {
    ZCL_SUCCESS = 0x00,
    ZCL_NOT_AUTHORISED = 0x7E,
    ZCL_UNSUPPORTED_COMMAND = 0x81,
    ZCL_INVALID_FIELD = 0x85,
    ZCL_UNSUPPORTED_ATTRIBUTE = 0x86,
    ZCL_NOT_FOUND = 0x8B,
};

enum { MAX_READ_ATTRIBUTES = 32 };

struct zcl_frame {
    uint16_t cluster;
    uint8_t control;
    uint8_t command;
    struct octets payload;
};

// False: the payload is not exactly one component with one frame of sequence 0.
bool zcl_decode(struct octets payload, struct zcl_frame *frame);

// An answer of one component, whose frame is written between the two calls; `start` is what
// zcl_begin returned.
size_t zcl_begin(struct writer *writer, uint16_t cluster);
void zcl_end(struct writer *writer, size_t start);

// The same for a frame with an encrypted payload: between the calls stands what is encrypted, with
// its length before it.
size_t zcl_begin_encrypted(struct writer *writer, uint16_t cluster, uint8_t command);

// A whole answer: the default response.
void zcl_put_default(struct writer *writer, const struct zcl_frame *frame, uint8_t status);

#endif
