#include "gbcs/signature_value.h"

#include "gbcs/der.h"

static void put_scalar(struct writer *writer, const uint8_t scalar[SCALAR_OCTETS])
{
    size_t start = 0;
    while (start < SCALAR_OCTETS - 1 && scalar[start] == 0) {
        start++;
    }
    size_t inside = der_begin(writer, DER_INTEGER);
    if (scalar[start] >= 0x80) {
        put_octet(writer, 0);
    }
    put_octets(writer, scalar + start, SCALAR_OCTETS - start);
    der_end(writer, inside);
}

void signature_value_put(struct writer *writer, const uint8_t signature[SIGNATURE_OCTETS])
{
    size_t bits = der_begin(writer, DER_BIT_STRING);
    put_octet(writer, 0);
    size_t pair = der_begin(writer, DER_SEQUENCE);
    put_scalar(writer, signature);
    put_scalar(writer, signature + SCALAR_OCTETS);
    der_end(writer, pair);
    der_end(writer, bits);
}
