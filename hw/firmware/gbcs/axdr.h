// Lengths as the envelope and DLMS write them (A-XDR, IEC 61334-6), and steps over octets that end
// where nothing is left. See gbcs/axdr.py.
#ifndef GBCS_AXDR_H
#define GBCS_AXDR_H

#include "octets.h"

// Steps over so many octets and returns where they start; NULL if there are not so many.
const uint8_t *axdr_take(struct octets *rest, size_t count);

// Steps over octets that can only be these.
bool axdr_expect(struct octets *rest, const uint8_t *expected, size_t count);

// A length in its shortest form; false if it is none.
bool axdr_length(struct octets *rest, size_t *length);

// A length and as many octets.
bool axdr_counted(struct octets *rest, struct octets *content);

// A length of less than 65,536: one octet below 0x80, then 81 xx, then 82 hh ll.
void axdr_put_length(struct writer *writer, size_t length);
size_t axdr_length_octets(size_t length);

#endif
