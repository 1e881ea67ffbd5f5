#ifndef GBCS_KEY_IDENTIFIER_H
#define GBCS_KEY_IDENTIFIER_H

#include "crypto/crypto.h"

enum { KEY_IDENTIFIER_OCTETS = 8 };

// 0100 and 60 bits of the public key's SHA-1 (RFC 5280 4.2.1.2, method 2).
void key_identifier_of(const uint8_t public_key[POINT_OCTETS],
                       uint8_t identifier[KEY_IDENTIFIER_OCTETS]);

#endif
