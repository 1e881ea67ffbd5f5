// The message envelope: views into received octets (GBCS 7.2). Accepts and refuses exactly what
// gbcs/message.py does; gbcs/envelope.py describes the layout.
#ifndef GBCS_MESSAGE_H
#define GBCS_MESSAGE_H

#include "octets.h"

enum {
    ENTITY_OCTETS = 8,
    DATE_TIME_OCTETS = 12,
    // The longest that message_put_header writes for a message of a device.
    MAX_SUPPLEMENTARY_OCTETS = 24,
    MAX_HEADER_OCTETS = 2 + 9 + 2 * (1 + ENTITY_OCTETS) + 1 + DATE_TIME_OCTETS + 3
        + MAX_SUPPLEMENTARY_OCTETS + 3,
};

struct message {
    struct octets octets;         // all of it
    struct octets grouped;        // from DF to the end of the signature field: what a MAC covers
    struct octets signed_octets;  // what a signature covers
    uint8_t cra;                  // CRA_
    uint64_t counter;
    const uint8_t *originator;    // 8 octets
    const uint8_t *target;        // 8 octets
    uint16_t code;
    struct octets date_time;      // 12 octets or none
    struct octets supplementary;  // what follows the code: 0, 8, 16, 24 octets, or more
    struct octets payload;
    bool has_signature_field;     // false in a Pre-Command
    const uint8_t *signature;     // 64 octets; NULL if none
    const uint8_t *mac;           // 12 octets; NULL if none
};

// False if the octets are not exactly one message of at most 8,192 octets.
bool message_parse(struct octets octets, struct message *message);

// Whether the header carries what no credential command may: supplementary fields, a date-time.
static inline bool message_has_extras(const struct message *message)
{
    return message->supplementary.length > 0 || message->date_time.length > 0;
}

// From DF to the length of the payload, from cra, counter, originator, target, code, date_time,
// supplementary and the payload's length.
void message_put_header(struct writer *writer, const struct message *message);
size_t message_header_octets(const struct message *message);

// What stands before `grouped` if a MAC follows it.
void message_put_mac_header(struct writer *writer, size_t grouped_octets);

#endif
