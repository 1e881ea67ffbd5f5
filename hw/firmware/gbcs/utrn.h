// The Unique Transaction Reference Number: the 20 digits of a top-up (GBCS 14.8). The first 19 are a
// number: an offset and the 64 bits of a prepayment top-up token; the last one is a check digit.
#ifndef GBCS_UTRN_H
#define GBCS_UTRN_H

#include "crypto/crypto.h"

enum {
    UTRN_DIGITS = 20,
    UTRN_MAC_OCTETS = 4,
    UTRN_COVERED_OCTETS = 4,
    UTRN_COUNTER_BITS = 10,
    // Of the 64-bit counter that a token belongs to, where its 10 bits stand.
    UTRN_COUNTER_SHIFT = 32,
};

enum { UTRN_IN_PENCE = 0, UTRN_IN_POUNDS = 1 };

struct utrn {
    uint16_t counter;                       // 10 bits
    uint8_t value_class;                    // UTRN_IN_; 2 and 3 are reserved
    uint16_t value;                         // 13 bits
    uint8_t covered[UTRN_COVERED_OCTETS];   // bits 63 to 32 of the token, which the MAC covers
    uint8_t mac[UTRN_MAC_OCTETS];
};

// Whom a token is from and for, and its whole counter; identifiers of 8 octets.
struct utrn_parties {
    const uint8_t *supplier;
    const uint8_t *device;
    uint64_t counter;
};

// False: 20 octets that are no ASCII digits, or whose check digit is another, or a number that no
// token gives.
bool utrn_read(const uint8_t digits[UTRN_DIGITS], struct utrn *utrn);

// Whether the MAC is the one that the secret of the supplier's prepayment key and the device's key
// agreement key gives. The counter is also that of the key.
bool utrn_is_authentic(const struct utrn *utrn, const struct utrn_parties *parties,
                       const uint8_t secret[SECRET_OCTETS]);

#endif
