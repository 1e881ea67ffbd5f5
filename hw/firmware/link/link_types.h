// Types of the frames that a board sends beside answers, and why it declines (PROTOCOL.md, 2.3, 5).
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

#endif
