#include "native/crypto/public_keys.h"

#include <openssl/ecdsa.h>

// In 1 to n - 1, as a signature's two numbers must be.
static bool is_scalar(const BIGNUM *number)
{
    return !BN_is_zero(number) && BN_ucmp(number, curve_order()) < 0;
}

// FIPS 186-5 6.4.2, with the two products from tables: one for the generator, one for the key.
static bool verify_by_table(const EC_GROUP *table, const uint8_t digest[DIGEST_OCTETS],
                            const uint8_t signature[SIGNATURE_OCTETS])
{
    BN_CTX *context = curve_context();
    BN_CTX_start(context);
    BIGNUM *r = BN_CTX_get(context), *s = BN_CTX_get(context), *first = BN_CTX_get(context);
    BIGNUM *second = BN_CTX_get(context), *x = BN_CTX_get(context);
    EC_POINT *sum = EC_POINT_new(curve_group()), *product = EC_POINT_new(table);
    bool is_good = false;
    BN_bin2bn(signature, SCALAR_OCTETS, r);
    BN_bin2bn(signature + SCALAR_OCTETS, SCALAR_OCTETS, s);
    BN_bin2bn(digest, DIGEST_OCTETS, first);
    if (is_scalar(r) && is_scalar(s) && BN_mod_inverse(s, s, curve_order(), context) != NULL) {
        BN_mod_mul(first, first, s, curve_order(), context);
        BN_mod_mul(second, r, s, curve_order(), context);
        EC_POINT_mul(curve_group(), sum, first, NULL, NULL, context);
        EC_POINT_mul(table, product, second, NULL, NULL, context);
        EC_POINT_add(curve_group(), sum, sum, product, context);
        if (!EC_POINT_is_at_infinity(curve_group(), sum)
            && EC_POINT_get_affine_coordinates(curve_group(), sum, x, NULL, context) == 1) {
            BN_nnmod(x, x, curve_order(), context);
            is_good = BN_cmp(x, r) == 0;
        }
    }
    EC_POINT_free(sum);
    EC_POINT_free(product);
    BN_CTX_end(context);
    return is_good;
}

static bool verify_plainly(EC_KEY *key, const uint8_t digest[DIGEST_OCTETS],
                           const uint8_t signature[SIGNATURE_OCTETS])
{
    ECDSA_SIG *read = ECDSA_SIG_new();
    ECDSA_SIG_set0(read, BN_bin2bn(signature, SCALAR_OCTETS, NULL),
                   BN_bin2bn(signature + SCALAR_OCTETS, SCALAR_OCTETS, NULL));
    const bool is_good = ECDSA_do_verify(digest, DIGEST_OCTETS, read, key) == 1;
    ECDSA_SIG_free(read);
    return is_good;
}

bool crypto_is_point(const uint8_t point[POINT_OCTETS])
{
    return public_key_of(point) != NULL;
}

bool crypto_verify(const uint8_t point[POINT_OCTETS], const uint8_t digest[DIGEST_OCTETS],
                   const uint8_t signature[SIGNATURE_OCTETS])
{
    struct public_key *key = public_key_of(point);
    if (key == NULL) {
        return false;
    }
    public_key_verifies(key);
    return key->table != NULL ? verify_by_table(key->table, digest, signature)
                              : verify_plainly(key->key, digest, signature);
}
