// The cryptographic primitives that GBCS names: P-256, SHA-256, HMAC, AES-128. No heap.
// A private key is a 32-octet big-endian scalar in 1 to n - 1, a public key a 65-octet
// uncompressed point (04 || x || y).
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "octets.h"

enum {
    SCALAR_OCTETS = 32,
    POINT_OCTETS = 65,
    DIGEST_OCTETS = 32,
    SIGNATURE_OCTETS = 64,
    SECRET_OCTETS = 32,
    AES_KEY_OCTETS = 16,
    MAC_OCTETS = 12,
    TAG_OCTETS = 16,
};

void crypto_sha256(struct octets data, uint8_t digest[DIGEST_OCTETS]);

// SHA-256 over parts in order, without joining them.
void crypto_sha256_of(const struct octets *parts, size_t count, uint8_t digest[DIGEST_OCTETS]);

// Method 2 key identifiers need it (RFC 5280 4.2.1.2).
void crypto_sha1(struct octets data, uint8_t digest[20]);

void crypto_hmac(struct octets key, const struct octets *parts, size_t count,
                 uint8_t code[DIGEST_OCTETS]);

// Whether a point is on the curve (and uncompressed, and not at infinity).
bool crypto_is_point(const uint8_t point[POINT_OCTETS]);

// Whether r || s is an ECDSA signature over a SHA-256 digest; false for a point off the curve.
bool crypto_verify(const uint8_t point[POINT_OCTETS], const uint8_t digest[DIGEST_OCTETS],
                   const uint8_t signature[SIGNATURE_OCTETS]);

// ECDSA, deterministic (RFC 6979 with SHA-256).
void crypto_sign(const uint8_t scalar[SCALAR_OCTETS], const uint8_t digest[DIGEST_OCTETS],
                 uint8_t signature[SIGNATURE_OCTETS]);

bool crypto_public_key(const uint8_t scalar[SCALAR_OCTETS], uint8_t point[POINT_OCTETS]);

// ECDH: the x coordinate; false if the point is not on the curve.
bool crypto_agree(const uint8_t scalar[SCALAR_OCTETS], const uint8_t point[POINT_OCTETS],
                  uint8_t secret[SECRET_OCTETS]);

// AES-128-GCM: encrypts so many octets where they stand. The tag covers the parts, which stay in
// clear, and what was encrypted.
void crypto_gcm(const uint8_t key[AES_KEY_OCTETS], const uint8_t iv[12],
                const struct octets *parts, size_t count, uint8_t *text, size_t length,
                uint8_t tag[TAG_OCTETS]);

// The same over additional data only; the first 12 octets of the tag.
void crypto_gmac(const uint8_t key[AES_KEY_OCTETS], const uint8_t iv[12],
                 const struct octets *parts, size_t count, uint8_t mac[MAC_OCTETS]);

// AES-128 key unwrap with padding (RFC 5649); false if the integrity check fails.
// `plain` has room for wrapped.length - 8 octets; `length` is set to what came out.
bool crypto_unwrap_pad(const uint8_t key[AES_KEY_OCTETS], struct octets wrapped,
                       uint8_t *plain, size_t *length);

// Comparison whose time does not depend on the octets.
bool crypto_equal(const void *one, const void *other, size_t length);

// Overwrites a secret, in a way that the compiler keeps.
void crypto_wipe(void *at, size_t length);

// Known answers of every primitive; false if one is wrong, and the machine must not run.
bool crypto_self_test(void);

#endif
