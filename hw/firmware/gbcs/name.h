// Distinguished names as SMKI certificates use them. See gbcs/distinguished_name.py.
//
// Names are compared attribute by attribute. PrintableString and UTF8String compare as text: ASCII
// letters without regard to case, each run of ASCII white space as one space, none at either end.
// A text with other characters matches the same octets alone: SMKI names are ASCII, and the full
// preparation of RFC 4518 needs tables larger than this firmware. So nothing matches here that
// would not match there.
#ifndef GBCS_NAME_H
#define GBCS_NAME_H

#include "octets.h"

struct name_facts {
    int16_t role;        // of a sole organisational unit of two upper-case hex digits; -1 if none
    bool has_unique_id;  // a sole x500UniqueIdentifier is an EUI-64
    uint8_t unique_id[8];
};

// False if the octets are not a Name in DER, tag and all, whose text is of its type.
bool name_read(struct octets name, struct name_facts *facts);

// Whether this is the empty sequence, the subject of a Device Certificate.
bool name_is_empty(struct octets name);

// RFC 5280 7.1, as gbcs/distinguished_name.py compares names.
bool names_match(struct octets one, struct octets other);

#endif
