// HMAC_DRBG with SHA-256 (NIST SP 800-90A revision 1, 10.1.2), without reseeding: one seed, the
// same octets on every device. The same as firmware_sim/machine/drbg.py.
#ifndef MACHINE_DRBG_H
#define MACHINE_DRBG_H

#include "crypto/crypto.h"

struct drbg {
    uint8_t key[DIGEST_OCTETS];
    uint8_t value[DIGEST_OCTETS];
};

// `seed` is entropy input and nonce, at least 32 octets for full strength.
void drbg_start(struct drbg *drbg, struct octets seed, struct octets personalisation);

void drbg_generate(struct drbg *drbg, uint8_t *octets, size_t length);

// A scalar in 1 to n - 1. Candidates outside are thrown away, never reduced (FIPS 186-5 A.2.2).
void drbg_private_key(struct drbg *drbg, uint8_t scalar[SCALAR_OCTETS]);

#endif
