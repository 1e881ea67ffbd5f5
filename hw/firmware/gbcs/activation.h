// CS06 Activate Firmware (GBCS 11.5): command, response, alert of a future-dated one.
#ifndef GBCS_ACTIVATION_H
#define GBCS_ACTIVATION_H

#include "gbcs/der.h"

enum { IMAGE_HASH_OCTETS = 32, FIRMWARE_VERSION_OCTETS = 4 };

enum { ACTIVATION_SUCCESS = 0, ACTIVATION_NO_IMAGE = 1, ACTIVATION_HASH_MISMATCH = 2 };

struct activation {
    const uint8_t *image_hash;  // IMAGE_HASH_OCTETS
    uint64_t counter;           // what the command says of its own Originator Counter
    bool has_execution;
    int64_t execution;          // seconds since 1970, negative before; TIMES_NEVER cancels
};

// What became of an activation.
struct activation_outcome {
    uint8_t code;            // ACTIVATION_
    const uint8_t *version;  // that runs now: FIRMWARE_VERSION_OCTETS
};

// False if the payload is malformed.
bool activation_decode(struct octets payload, struct activation *activation);

// The response payload; no outcome (NULL) if the command was stored or cancelled another.
void activation_response_put(struct writer *writer, const struct activation_outcome *outcome);

// The payload of the alert after a future-dated command ran.
void activation_alert_put(struct writer *writer, uint16_t alert_code,
                          const struct activation *activation,
                          const struct activation_outcome *outcome);

#endif
