// Public keys as libcrypto wants them, kept for as long as they are used often.
#ifndef NATIVE_CRYPTO_PUBLIC_KEYS_H
#define NATIVE_CRYPTO_PUBLIC_KEYS_H

#include "native/crypto/curve.h"

struct public_key {
    uint8_t octets[POINT_OCTETS];
    EC_POINT *point;   // NULL: no key is kept here
    EC_KEY *key;       // of the same, from its first verification on
    EC_GROUP *table;   // P-256 with this point as its generator and a table for it; NULL: none
    uint32_t lookups;  // halved whenever enough other keys have come
    uint32_t verified;
};

// The key of a point, valid until the next call; NULL if it is not on the curve.
struct public_key *public_key_of(const uint8_t point[POINT_OCTETS]);

// Makes it ready to verify; one that has verified many signatures gets a table.
void public_key_verifies(struct public_key *key);

#endif
