#include "machine/drbg.h"

#include "crypto/curve.h"

// SP 800-90A 10.1.2.2: the second round only if there is data.
static void update(struct drbg *drbg, struct octets seed, struct octets personalisation)
{
    const struct octets key = octets_of(drbg->key, sizeof drbg->key);
    const struct octets value = octets_of(drbg->value, sizeof drbg->value);
    const uint8_t rounds = seed.length + personalisation.length > 0 ? 2 : 1;
    for (uint8_t mark = 0; mark < rounds; mark++) {
        const struct octets parts[] = {value, octets_of(&mark, 1), seed, personalisation};
        crypto_hmac(key, parts, 4, drbg->key);
        crypto_hmac(key, &value, 1, drbg->value);
    }
}

void drbg_start(struct drbg *drbg, struct octets seed, struct octets personalisation)
{
    memset(drbg->key, 0x00, sizeof drbg->key);
    memset(drbg->value, 0x01, sizeof drbg->value);
    update(drbg, seed, personalisation);
}

void drbg_generate(struct drbg *drbg, uint8_t *octets, size_t length)
{
    const struct octets nothing = {NULL, 0};
    const struct octets value = octets_of(drbg->value, sizeof drbg->value);
    while (length > 0) {
        const size_t part = length < DIGEST_OCTETS ? length : DIGEST_OCTETS;
        crypto_hmac(octets_of(drbg->key, sizeof drbg->key), &value, 1, drbg->value);
        memcpy(octets, drbg->value, part);
        octets += part;
        length -= part;
    }
    update(drbg, nothing, nothing);
}

void drbg_private_key(struct drbg *drbg, uint8_t scalar[SCALAR_OCTETS])
{
    do {
        drbg_generate(drbg, scalar, SCALAR_OCTETS);
    } while (!curve_has_scalar(scalar));
}
