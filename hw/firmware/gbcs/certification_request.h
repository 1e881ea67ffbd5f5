// The PKCS #10 request of a device for the certificate of its own key pair (RFC 2986, GBCS 12).
// See gbcs/certification_request.py.
#ifndef GBCS_CERTIFICATION_REQUEST_H
#define GBCS_CERTIFICATION_REQUEST_H

#include "crypto/crypto.h"
#include "octets.h"

// Writes the request, at most 280 octets of DER, signed with the key itself (RFC 6979). The public
// key is the private one's; the usage is digitalSignature or keyAgreement.
void certification_request_put(struct writer *writer, const uint8_t private_key[SCALAR_OCTETS],
                               const uint8_t public_key[POINT_OCTETS], uint8_t key_usage,
                               const uint8_t entity[8]);

#endif
