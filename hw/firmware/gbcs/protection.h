// Signature and MAC of a message: see gbcs/protection.py.
#ifndef GBCS_PROTECTION_H
#define GBCS_PROTECTION_H

#include "crypto/crypto.h"
#include "gbcs/message.h"

// Whether the message carries a signature and the 65-octet point verifies it.
bool message_is_signed_by(const struct message *message, const uint8_t point[POINT_OCTETS]);

// What a key is for that comes from the ECDH secret of two parties; identifiers of 8 octets.
struct key_use {
    const uint8_t *originator;
    uint8_t purpose;  // CRA_ of the message for a MAC, PURPOSE_ENCRYPTION
    uint64_t counter;
    const uint8_t *recipient;
};

enum { PURPOSE_ENCRYPTION = 4 };

// The first AES_KEY_OCTETS are the key.
void derive_key(const uint8_t secret[SECRET_OCTETS], const struct key_use *use,
                uint8_t key[DIGEST_OCTETS]);

// The MAC over `grouped`, from cra, counter, originator and target of the message and the ECDH
// secret of its two parties.
void message_mac(const struct message *message, const uint8_t secret[SECRET_OCTETS],
                 uint8_t mac[MAC_OCTETS]);

// Whether the message carries a MAC and it is the one that the secret gives.
bool message_has_mac_of(const struct message *message, const uint8_t secret[SECRET_OCTETS]);

#endif
