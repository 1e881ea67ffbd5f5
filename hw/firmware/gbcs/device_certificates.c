#include "gbcs/device_certificates.h"

bool key_usage_query_decode(struct octets payload, int16_t *usage)
{
    struct der outer = der_over(payload);
    struct der der = der_enter(&outer, DER_SEQUENCE);
    uint16_t bits;
    if (!der_named_bits(der_next(&der, DER_BIT_STRING), &bits)) {
        return false;
    }
    der_leave(&outer, &der);
    *usage = -1;
    if (bits == 1U << KEY_USAGE_DIGITAL_SIGNATURE) {
        *usage = KEY_USAGE_DIGITAL_SIGNATURE;
    } else if (bits == 1U << KEY_USAGE_KEY_AGREEMENT) {
        *usage = KEY_USAGE_KEY_AGREEMENT;
    }
    return der_finished(&outer);
}

bool certificate_command_decode(struct octets payload)
{
    return payload.length > 0 && payload.length <= MAX_READ_CERTIFICATE_OCTETS;
}
