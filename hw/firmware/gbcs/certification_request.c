#include "gbcs/certification_request.h"

#include "gbcs/certificate.h"
#include "gbcs/der.h"
#include "gbcs/signature_value.h"
#include "generated/tables.h"

enum {
    INFO_OCTETS = 0xBA,  // content of certificationRequestInfo
    ENTITY_OCTETS = 8,
    PARTS = 7,
};

// Every length in certificationRequestInfo is fixed, so it is written as it is: version 0, an
// empty subject, the key, then the two extensions that are asked for, both critical.
static const uint8_t before_key[] = {0x30, 0x81, INFO_OCTETS, 0x02, 0x01, 0x00, 0x30, 0x00};

static const uint8_t before_usage[] = {
    // [0] attributes: extensionRequest (1.2.840.113549.1.9.14) with one value
    0xA0, 0x58, 0x30, 0x56, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x0E, 0x31,
    0x49, 0x30, 0x47,
    // keyUsage
    0x30, 0x0E, 0x06, 0x03, 0x55, 0x1D, 0x0F, 0x01, 0x01, 0xFF, 0x04, 0x04, 0x03, 0x02,
};

static const uint8_t before_entity[] = {
    // subjectAltName: a hardwareModuleName
    0x30, 0x35, 0x06, 0x03, 0x55, 0x1D, 0x11, 0x01, 0x01, 0xFF, 0x04, 0x2B, 0x30, 0x29, 0xA0, 0x27,
    0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x04, 0xA0, 0x1B, 0x30, 0x19,
    // hwType 1.2.826.0.1.8641679.1.2.2.1
    0x06, 0x0D, 0x2A, 0x86, 0x3A, 0x00, 0x01, 0x84, 0x8F, 0xB9, 0x0F, 0x01, 0x02, 0x02, 0x01,
    0x04, ENTITY_OCTETS,
};

// Named bits: how many of the octet are unused, and the octet.
static const uint8_t digital_signature[] = {0x07, 0x80};
static const uint8_t key_agreement[] = {0x03, 0x08};

void certification_request_put(struct writer *writer, const uint8_t private_key[SCALAR_OCTETS],
                               const uint8_t public_key[POINT_OCTETS], uint8_t key_usage,
                               const uint8_t entity[8])
{
    const uint8_t *usage =
        key_usage == KEY_USAGE_KEY_AGREEMENT ? key_agreement : digital_signature;
    const struct octets info[PARTS] = {
        octets_of(before_key, sizeof before_key),
        octets_of(public_key_prefix, PUBLIC_KEY_PREFIX_OCTETS),
        octets_of(public_key, POINT_OCTETS),
        octets_of(before_usage, sizeof before_usage),
        octets_of(usage, sizeof digital_signature),
        octets_of(before_entity, sizeof before_entity),
        octets_of(entity, ENTITY_OCTETS),
    };
    uint8_t digest[DIGEST_OCTETS], signature[SIGNATURE_OCTETS];
    crypto_sha256_of(info, PARTS, digest);
    crypto_sign(private_key, digest, signature);
    size_t request = der_begin(writer, DER_SEQUENCE);
    for (size_t i = 0; i < PARTS; i++) {
        put_octets(writer, info[i].at, info[i].length);
    }
    put_octets(writer, signature_algorithm, SIGNATURE_ALGORITHM_OCTETS);
    signature_value_put(writer, signature);
    der_end(writer, request);
}
