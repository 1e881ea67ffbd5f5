// Consistent Overhead Byte Stuffing: octets without zero between delimiters (PROTOCOL.md, 2.1).
#ifndef LINK_COBS_H
#define LINK_COBS_H

#include "octets.h"

enum { COBS_DELIMITER = 0, COBS_GROUP_OCTETS = 254 };

enum cobs_event {
    COBS_MORE,      // nothing is complete
    COBS_FRAME,     // `decoded` holds a frame, until the next octet
    COBS_BAD,       // the delimiter came within a group
    COBS_TOO_LONG,  // more than the capacity came before the delimiter
};

// Takes a frame apart as it comes. Its octets go where `decoded` writes.
struct cobs_decoder {
    struct writer decoded;
    uint8_t left;     // octets of the group still to come
    bool zero_due;    // a zero stands before the next group
    bool is_started;  // something came since the last delimiter
};

struct cobs_decoder cobs_decoder_over(uint8_t *at, size_t capacity);
enum cobs_event cobs_take(struct cobs_decoder *decoder, uint8_t octet);

// Puts one frame on the line; there is one encoder.
void cobs_begin(void);
void cobs_put(const uint8_t *octets, size_t length);
void cobs_end(void);

#endif
