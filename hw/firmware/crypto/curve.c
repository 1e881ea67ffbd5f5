// The equation of P-256, on BearSSL's integers of 31-bit limbs.
#include "crypto/curve.h"

#include <inner.h>

enum { COORDINATE_OCTETS = 32, LIMBS = 2 + (256 + 30) / 31 };

// SEC 2, 2.4.2.
static const uint8_t PRIME[COORDINATE_OCTETS] = {
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
};
static const uint8_t B[COORDINATE_OCTETS] = {
    0x5A, 0xC6, 0x35, 0xD8, 0xAA, 0x3A, 0x93, 0xE7, 0xB3, 0xEB, 0xBD, 0x55, 0x76, 0x98, 0x86, 0xBC,
    0x65, 0x1D, 0x06, 0xB0, 0xCC, 0x53, 0xB0, 0xF6, 0x3B, 0xCE, 0x3C, 0x3E, 0x27, 0xD2, 0x60, 0x4B,
};

// Adds modulo the prime. Both are below it.
static void add(uint32_t *sum, const uint32_t *term, const uint32_t *prime)
{
    uint32_t too_much = br_i31_add(sum, term, 1);
    too_much |= br_i31_sub(sum, prime, 0) ^ 1;
    br_i31_sub(sum, prime, too_much);
}

static void subtract(uint32_t *difference, const uint32_t *term, const uint32_t *prime)
{
    br_i31_add(difference, prime, br_i31_sub(difference, term, 1));
}

// Reads a number below the prime into Montgomery form; 0 if it is not below.
static uint32_t read(uint32_t *number, const uint8_t *octets, const uint32_t *prime)
{
    const uint32_t below = br_i31_decode_mod(number, octets, COORDINATE_OCTETS, prime);
    br_i31_to_monty(number, prime);
    return below;
}

// y^2 = x^3 - 3x + b. In Montgomery form the product by -1/p is taken out on the way: its
// factor modulo 2^31 is 1, as p is -1 there.
bool curve_holds(const uint8_t *point)
{
    uint32_t prime[LIMBS], x[LIMBS], y[LIMBS], left[LIMBS], right[LIMBS], square[LIMBS];
    if (point[0] != 0x04) {
        return false;
    }
    br_i31_decode(prime, PRIME, sizeof PRIME);
    if (!(read(x, point + 1, prime) & read(y, point + 1 + COORDINATE_OCTETS, prime))) {
        return false;
    }
    br_i31_montymul(left, y, y, prime, 1);
    br_i31_montymul(square, x, x, prime, 1);
    br_i31_montymul(right, square, x, prime, 1);
    read(y, B, prime);
    add(right, y, prime);
    for (int i = 0; i < 3; i++) {
        subtract(right, x, prime);
    }
    subtract(left, right, prime);
    return br_i31_iszero(left);
}

bool curve_has_scalar(const uint8_t *scalar)
{
    size_t length;
    const unsigned char *order = br_ec_p256_m31.order(BR_EC_secp256r1, &length);
    uint32_t borrow = 0;
    uint32_t bits = 0;
    for (size_t i = COORDINATE_OCTETS; i-- > 0;) {
        borrow = ((uint32_t)scalar[i] - order[i] - borrow) >> 31;
        bits |= scalar[i];
    }
    return borrow & NEQ(bits, 0);
}
