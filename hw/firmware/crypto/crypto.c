// The primitives on BearSSL, in the variants whose time does not depend on secrets: 31-bit limbs
// and bit-sliced AES.
#include "crypto/crypto.h"

#include <bearssl.h>

#include "crypto/curve.h"

static const br_ec_impl *const CURVE = &br_ec_p256_m31;

void crypto_sha256(struct octets data, uint8_t digest[DIGEST_OCTETS])
{
    crypto_sha256_of(&data, 1, digest);
}

void crypto_sha256_of(const struct octets *parts, size_t count, uint8_t digest[DIGEST_OCTETS])
{
    br_sha256_context context;
    br_sha256_init(&context);
    for (size_t i = 0; i < count; i++) {
        br_sha256_update(&context, parts[i].at, parts[i].length);
    }
    br_sha256_out(&context, digest);
}

void crypto_sha1(struct octets data, uint8_t digest[20])
{
    br_sha1_context context;
    br_sha1_init(&context);
    br_sha1_update(&context, data.at, data.length);
    br_sha1_out(&context, digest);
}

void crypto_hmac(struct octets key, const struct octets *parts, size_t count,
                 uint8_t code[DIGEST_OCTETS])
{
    br_hmac_key_context key_context;
    br_hmac_context context;
    br_hmac_key_init(&key_context, &br_sha256_vtable, key.at, key.length);
    br_hmac_init(&context, &key_context, 0);
    for (size_t i = 0; i < count; i++) {
        br_hmac_update(&context, parts[i].at, parts[i].length);
    }
    br_hmac_out(&context, code);
    crypto_wipe(&key_context, sizeof key_context);
    crypto_wipe(&context, sizeof context);
}

bool crypto_is_point(const uint8_t point[POINT_OCTETS])
{
    return curve_holds(point);
}

bool crypto_verify(const uint8_t point[POINT_OCTETS], const uint8_t digest[DIGEST_OCTETS],
                   const uint8_t signature[SIGNATURE_OCTETS])
{
    // BearSSL only reads the point; its structure has no const.
    const br_ec_public_key key = {BR_EC_secp256r1, (unsigned char *)(uintptr_t)point, POINT_OCTETS};
    return curve_holds(point)
        && br_ecdsa_i31_vrfy_raw(CURVE, digest, DIGEST_OCTETS, &key, signature, SIGNATURE_OCTETS);
}

void crypto_sign(const uint8_t scalar[SCALAR_OCTETS], const uint8_t digest[DIGEST_OCTETS],
                 uint8_t signature[SIGNATURE_OCTETS])
{
    const br_ec_private_key key = {BR_EC_secp256r1, (unsigned char *)(uintptr_t)scalar,
                                   SCALAR_OCTETS};
    br_ecdsa_i31_sign_raw(CURVE, &br_sha256_vtable, digest, &key, signature);
}

bool crypto_public_key(const uint8_t scalar[SCALAR_OCTETS], uint8_t point[POINT_OCTETS])
{
    return curve_has_scalar(scalar)
        && CURVE->mulgen(point, scalar, SCALAR_OCTETS, BR_EC_secp256r1) == POINT_OCTETS;
}

bool crypto_agree(const uint8_t scalar[SCALAR_OCTETS], const uint8_t point[POINT_OCTETS],
                  uint8_t secret[SECRET_OCTETS])
{
    if (!curve_holds(point) || !curve_has_scalar(scalar)) {
        return false;
    }
    uint8_t product[POINT_OCTETS];
    memcpy(product, point, POINT_OCTETS);
    const bool sound = CURVE->mul(product, POINT_OCTETS, scalar, SCALAR_OCTETS, BR_EC_secp256r1);
    memcpy(secret, product + 1, SECRET_OCTETS);
    crypto_wipe(product, sizeof product);
    return sound;
}

void crypto_gcm(const uint8_t key[AES_KEY_OCTETS], const uint8_t iv[12],
                const struct octets *parts, size_t count, uint8_t *text, size_t length,
                uint8_t tag[TAG_OCTETS])
{
    br_aes_ct_ctr_keys cipher;
    br_gcm_context context;
    br_aes_ct_ctr_init(&cipher, key, AES_KEY_OCTETS);
    br_gcm_init(&context, &cipher.vtable, br_ghash_ctmul32);
    br_gcm_reset(&context, iv, 12);
    for (size_t i = 0; i < count; i++) {
        br_gcm_aad_inject(&context, parts[i].at, parts[i].length);
    }
    br_gcm_flip(&context);
    if (length > 0) {
        br_gcm_run(&context, 1, text, length);
    }
    br_gcm_get_tag(&context, tag);
    crypto_wipe(&cipher, sizeof cipher);
    crypto_wipe(&context, sizeof context);
}

void crypto_gmac(const uint8_t key[AES_KEY_OCTETS], const uint8_t iv[12],
                 const struct octets *parts, size_t count, uint8_t mac[MAC_OCTETS])
{
    uint8_t tag[TAG_OCTETS];
    crypto_gcm(key, iv, parts, count, NULL, 0, tag);
    memcpy(mac, tag, MAC_OCTETS);
}

bool crypto_equal(const void *one, const void *other, size_t length)
{
    const uint8_t *left = one;
    const uint8_t *right = other;
    uint8_t difference = 0;
    for (size_t i = 0; i < length; i++) {
        difference |= (uint8_t)(left[i] ^ right[i]);
    }
    return difference == 0;
}

void crypto_wipe(void *at, size_t length)
{
    memset(at, 0, length);
    // The compiler must believe that the zeros are read, or it removes the memset.
    __asm__ volatile("" : : "r"(at) : "memory");
}
