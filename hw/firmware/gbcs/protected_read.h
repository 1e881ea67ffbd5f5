// The reading of registers by which their values come back encrypted: the datum of a call to DLMS
// data protection, and that of its answer.
#ifndef GBCS_PROTECTED_READ_H
#define GBCS_PROTECTED_READ_H

#include "gbcs/dlms.h"

enum { MAX_PROTECTED_OBJECTS = 8 };

// Whom it is from and to, by the header of the command; identifiers of 8 octets.
struct protection_titles {
    uint64_t counter;
    const uint8_t *originator;
    const uint8_t *recipient;
};

struct protected_object {
    uint16_t class_id;
    const uint8_t *instance;
    uint8_t attribute;
};

struct protected_read {
    size_t count;
    struct protected_object objects[MAX_PROTECTED_OBJECTS];
};

// False: it is not the datum of a command with these titles, or of one object to eight.
bool protected_read_decode(struct octets datum, const struct protection_titles *titles,
                           struct protected_read *read);

// The datum of the answer, with these titles, up to the encrypted item of so many octets.
void protected_answer_begin(struct writer *writer, const struct protection_titles *titles,
                            size_t item_octets);

#endif
