// Types of the frames that a board sends beside answers (PROTOCOL.md, 2.3).
#ifndef LINK_LINK_TYPES_H
#define LINK_LINK_TYPES_H

enum { ANSWER_BIT = 0x80 };

enum frame_type {
    FRAME_BOOT = 0xB0,
    FRAME_EVENT = 0xB1,
    FRAME_WORKING = 0xB2,
    FRAME_REJECT = 0xFE,
    FRAME_DECLINED = 0xFF,
};

#endif
