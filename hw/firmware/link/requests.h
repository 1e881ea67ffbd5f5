// What each request does and answers (PROTOCOL.md, section 5).
#ifndef LINK_REQUESTS_H
#define LINK_REQUESTS_H

#include "link/link_types.h"
#include "octets.h"

enum request_type {
    REQUEST_HELLO = 0x01,
    REQUEST_MESSAGE = 0x02,
    REQUEST_TICK = 0x03,
    REQUEST_CLOCK = 0x04,
    REQUEST_RECORD = 0x05,
    REQUEST_PROVISION = 0x06,
    REQUEST_ERASE = 0x07,
    REQUEST_CUT = 0x08,
    REQUEST_DIGEST = 0x09,
    REQUEST_READ = 0x0A,
    REQUEST_STATISTICS = 0x0B,
    REQUEST_RESET = 0x0C,
    REQUEST_MEASURE = 0x0D,
    REQUEST_ENTER = 0x0E,
    REQUEST_EVENT_ACK = 0x31,
};

enum { MAX_ENTERED_OCTETS = 64 };

struct request {
    uint8_t type;
    uint8_t is_slow;  // worth a WORKING
    uint16_t min_octets;
    uint16_t max_octets;
    enum decline_reason (*carry_out)(struct octets payload, struct writer *answer);
};

// NULL if there is no such request.
const struct request *request_of(uint8_t type);

#endif
