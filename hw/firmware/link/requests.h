// What each request does and answers (PROTOCOL.md, section 5).
#ifndef LINK_REQUESTS_H
#define LINK_REQUESTS_H

#include "gbcs/octets.h"

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
    REQUEST_EVENT_ACK = 0x31,
};

// 0: carried out. Otherwise the reason of a DECLINED.
enum decline_reason {
    DECLINE_NOTHING = 0,
    DECLINE_UNKNOWN_TYPE = 1,
    DECLINE_BAD_LENGTH = 2,
    DECLINE_BAD_VALUE = 3,
    DECLINE_NOT_RUNNING = 4,
    DECLINE_PROVISIONED = 5,
    DECLINE_NO_ROOM = 6,
    DECLINE_SELF_TEST = 7,
    DECLINE_NOT_GREETED = 8,
};

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
