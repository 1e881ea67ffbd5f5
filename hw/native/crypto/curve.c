#include "native/crypto/curve.h"

#include <openssl/obj_mac.h>
#include <stdlib.h>

#include "crypto/curve.h"

static EC_GROUP *group;
static BN_CTX *context;

const EC_GROUP *curve_group(void)
{
    if (group == NULL && (group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)) == NULL) {
        abort();
    }
    return group;
}

const BIGNUM *curve_order(void)
{
    return EC_GROUP_get0_order(curve_group());
}

BN_CTX *curve_context(void)
{
    if (context == NULL && (context = BN_CTX_new()) == NULL) {
        abort();
    }
    return context;
}

bool curve_holds(const uint8_t *point)
{
    EC_POINT *read = EC_POINT_new(curve_group());
    const bool holds = point[0] == 0x04
        && EC_POINT_oct2point(group, read, point, POINT_OCTETS, curve_context()) == 1;
    EC_POINT_free(read);
    return holds;
}

BIGNUM *curve_scalar(const uint8_t scalar[SCALAR_OCTETS])
{
    BIGNUM *number = BN_bin2bn(scalar, SCALAR_OCTETS, NULL);
    if (BN_is_zero(number) || BN_ucmp(number, curve_order()) >= 0) {
        BN_clear_free(number);
        return NULL;
    }
    return number;
}

bool curve_has_scalar(const uint8_t *scalar)
{
    BIGNUM *number = curve_scalar(scalar);
    BN_clear_free(number);
    return number != NULL;
}
