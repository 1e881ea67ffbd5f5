// Frames: type, sequence, payload and check (PROTOCOL.md, section 2).
#ifndef LINK_FRAME_H
#define LINK_FRAME_H

#include "octets.h"
#include "machine/output.h"

enum {
    FRAME_HEAD_OCTETS = 2,
    FRAME_CHECK_OCTETS = 4,
    MAX_FRAME_OCTETS = MAX_MESSAGE_OCTETS + 32,  // that are received
    MAX_ANSWER_OCTETS = OUTPUT_OCTETS + 64,      // payload: all that the machine can say at once
};

// What an octet from the line completes. From FRAME_NO_COBS on: one more than a REJECT says.
enum frame_event {
    FRAME_NONE,
    FRAME_GOOD,
    FRAME_NO_COBS,
    FRAME_TOO_SHORT,
    FRAME_TOO_LONG,
    FRAME_WRONG_CHECK,
};

struct frame {
    uint8_t type;
    uint8_t sequence;
    struct octets payload;  // until the next octet is taken
    uint32_t check;
};

void frame_start(void);
enum frame_event frame_take(uint8_t octet, struct frame *frame);

// The octets of the last frame are secret: overwrites them.
void frame_wipe(void);

void frame_send(uint8_t type, uint8_t sequence, struct octets payload);

#endif
