// What the link needs of a board, for a program that tries the link: a line that keeps what was sent,
// and clocks that the program puts.
#ifndef NATIVE_LINE_H
#define NATIVE_LINE_H

#include <stddef.h>
#include <stdint.h>

enum { LINE_ROOM = 1 << 16 };

// What the board sent since line_sent_length was set to 0.
extern uint8_t line_sent[LINE_ROOM];
extern size_t line_sent_length;

extern uint32_t line_milliseconds;

#endif
