// P-256 itself: what is a point on it, what is a scalar of it.
#ifndef CRYPTO_CURVE_H
#define CRYPTO_CURVE_H

#include <stdbool.h>
#include <stdint.h>

// Whether 65 octets are 04 || x || y, both below the prime, and satisfy the curve equation. The
// point at infinity has no such form; every other point has order n, as the cofactor is 1.
bool curve_holds(const uint8_t *point);

// Whether 32 octets, big-endian, are in 1 to n - 1; its time does not depend on the scalar.
bool curve_has_scalar(const uint8_t *scalar);

#endif
