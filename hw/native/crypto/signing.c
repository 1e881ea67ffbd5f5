// ECDSA, deterministic (RFC 6979), and the other uses of a private key.
#include "native/crypto/public_keys.h"

#include <openssl/ecdsa.h>
#include <stdlib.h>

// RFC 6979 3.2 (h). It is written here since libcrypto has it from 3.2 only, and as an option of a
// function that costs a quarter more.
static void next_candidate(uint8_t key[DIGEST_OCTETS], uint8_t value[DIGEST_OCTETS])
{
    const struct octets part = octets_of(value, DIGEST_OCTETS);
    crypto_hmac(octets_of(key, DIGEST_OCTETS), &part, 1, value);
}

// RFC 6979 3.2 (d), (f) and the end of (h): `mark` 0 or 1, and what is mixed in.
static void mix(uint8_t key[DIGEST_OCTETS], uint8_t value[DIGEST_OCTETS], uint8_t mark,
                struct octets scalar, struct octets digest)
{
    const struct octets parts[] = {octets_of(value, DIGEST_OCTETS), octets_of(&mark, 1), scalar,
                                   digest};
    crypto_hmac(octets_of(key, DIGEST_OCTETS), parts, 4, key);
    next_candidate(key, value);
}

static BIGNUM *nonce(const uint8_t scalar[SCALAR_OCTETS], const uint8_t digest[DIGEST_OCTETS])
{
    uint8_t key[DIGEST_OCTETS] = {0}, value[DIGEST_OCTETS], reduced[DIGEST_OCTETS];
    BIGNUM *number = BN_bin2bn(digest, DIGEST_OCTETS, NULL);
    BN_nnmod(number, number, curve_order(), curve_context());
    BN_bn2binpad(number, reduced, DIGEST_OCTETS);
    BN_free(number);
    memset(value, 1, sizeof value);
    for (uint8_t mark = 0; mark < 2; mark++) {
        mix(key, value, mark, octets_of(scalar, SCALAR_OCTETS),
            octets_of(reduced, sizeof reduced));
    }
    next_candidate(key, value);
    while ((number = curve_scalar(value)) == NULL) {
        mix(key, value, 0, octets_of(NULL, 0), octets_of(NULL, 0));
        next_candidate(key, value);
    }
    crypto_wipe(key, sizeof key);
    crypto_wipe(value, sizeof value);
    return number;
}

// r: the x coordinate of nonce x generator, modulo n.
static void commitment(const BIGNUM *number, BIGNUM *r)
{
    EC_POINT *point = EC_POINT_new(curve_group());
    EC_POINT_mul(curve_group(), point, number, NULL, NULL, curve_context());
    EC_POINT_get_affine_coordinates(curve_group(), point, r, NULL, curve_context());
    BN_nnmod(r, r, curve_order(), curve_context());
    EC_POINT_free(point);
}

void crypto_sign(const uint8_t scalar[SCALAR_OCTETS], const uint8_t digest[DIGEST_OCTETS],
                 uint8_t signature[SIGNATURE_OCTETS])
{
    BIGNUM *private = curve_scalar(scalar), *number = nonce(scalar, digest), *r = BN_new();
    EC_KEY *key = EC_KEY_new();
    if (private == NULL) {
        abort();  // a device holds no such key: soundness.c
    }
    EC_KEY_set_group(key, curve_group());
    EC_KEY_set_private_key(key, private);
    commitment(number, r);
    BN_mod_inverse(number, number, curve_order(), curve_context());
    ECDSA_SIG *made = ECDSA_do_sign_ex(digest, DIGEST_OCTETS, number, r, key);
    if (made == NULL) {
        abort();  // r or s is 0: once in 2^256
    }
    BN_bn2binpad(ECDSA_SIG_get0_r(made), signature, SCALAR_OCTETS);
    BN_bn2binpad(ECDSA_SIG_get0_s(made), signature + SCALAR_OCTETS, SCALAR_OCTETS);
    ECDSA_SIG_free(made);
    EC_KEY_free(key);
    BN_free(r);
    BN_clear_free(number);
    BN_clear_free(private);
}

bool crypto_public_key(const uint8_t scalar[SCALAR_OCTETS], uint8_t point[POINT_OCTETS])
{
    BIGNUM *private = curve_scalar(scalar);
    if (private == NULL) {
        return false;
    }
    EC_POINT *made = EC_POINT_new(curve_group());
    EC_POINT_mul(curve_group(), made, private, NULL, NULL, curve_context());
    EC_POINT_point2oct(curve_group(), made, POINT_CONVERSION_UNCOMPRESSED, point, POINT_OCTETS,
                       curve_context());
    EC_POINT_free(made);
    BN_clear_free(private);
    return true;
}

bool crypto_agree(const uint8_t scalar[SCALAR_OCTETS], const uint8_t point[POINT_OCTETS],
                  uint8_t secret[SECRET_OCTETS])
{
    const struct public_key *other = public_key_of(point);
    BIGNUM *private = other == NULL ? NULL : curve_scalar(scalar);
    if (private == NULL) {
        return false;
    }
    EC_POINT *product = EC_POINT_new(curve_group());
    BIGNUM *x = BN_new();
    EC_POINT_mul(curve_group(), product, NULL, other->point, private,
                 curve_context());
    EC_POINT_get_affine_coordinates(curve_group(), product, x, NULL, curve_context());
    BN_bn2binpad(x, secret, SECRET_OCTETS);
    BN_clear_free(x);
    EC_POINT_clear_free(product);
    BN_clear_free(private);
    return true;
}
