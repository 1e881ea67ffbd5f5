#ifndef GBCS_SIGNATURE_VALUE_H
#define GBCS_SIGNATURE_VALUE_H

#include "crypto/crypto.h"

// The BIT STRING that ends a certificate or a request: Ecdsa-Sig-Value of r || s (RFC 5480
// appendix A).
void signature_value_put(struct writer *writer, const uint8_t signature[SIGNATURE_OCTETS]);

#endif
