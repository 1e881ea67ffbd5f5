// P-256 in libcrypto, and what its functions need to work with it. One thread.
#ifndef NATIVE_CRYPTO_CURVE_H
#define NATIVE_CRYPTO_CURVE_H

// The functions on points are deprecated for being low-level, and are the only ones that take a
// table for a point (public_keys.c) or a nonce (signing.c).
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ec.h>

#include "crypto/crypto.h"

const EC_GROUP *curve_group(void);
const BIGNUM *curve_order(void);
BN_CTX *curve_context(void);

// A scalar as a number, which the caller clears and frees; NULL if it is not in 1 to n - 1. How long
// what is done with it takes may depend on it: the keys here are for simulation.
BIGNUM *curve_scalar(const uint8_t scalar[SCALAR_OCTETS]);

#endif
