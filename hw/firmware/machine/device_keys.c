#include "machine/device_keys.h"

#include "gbcs/certificate.h"
#include "gbcs/certification_request.h"
#include "generated/layout.h"
#include "generated/tables.h"
#include "machine/context.h"
#include "machine/state.h"

static struct certificate own;

static uint8_t *put_key(uint8_t key_usage, uint8_t key_state)
{
    uint8_t *body = changes_put(RECORD_DEVICE_KEY, (uint16_t)(key_usage << 4 | key_state));
    body[DEVICE_KEY_STATE_AT] = key_state;
    return body;
}

void issue_key(uint8_t key_usage, struct writer *request)
{
    uint8_t *key = put_key(key_usage, KEY_STATE_PENDING);
    uint8_t *identity = changes_put(RECORD_IDENTITY, 0);
    drbg_private_key(&entropy, key + DEVICE_KEY_PRIVATE_KEY_AT);
    crypto_public_key(key + DEVICE_KEY_PRIVATE_KEY_AT, key + DEVICE_KEY_PUBLIC_KEY_AT);
    certification_request_put(request, key + DEVICE_KEY_PRIVATE_KEY_AT,
                              key + DEVICE_KEY_PUBLIC_KEY_AT, key_usage, state_entity());
    memcpy(identity, store_body(RECORD_IDENTITY, 0), BODY_OCTETS_IDENTITY);
    drbg_generate(&entropy, identity + IDENTITY_SEED_AT, IDENTITY_SEED_OCTETS);
}

static bool is_own_usage(uint8_t usage)
{
    return own.key_usages == 1u << usage;
}

// In what the certificate is not this device's, or not the waiting key's.
static uint8_t mismatch(uint8_t usage)
{
    const uint8_t *waiting = state_own_key(usage, KEY_STATE_PENDING);
    if (!octets_equal(own.device_entity, octets_of(state_entity(), IDENTITY_ENTITY_OCTETS))) {
        return INSTALL_WRONG_DEVICE_IDENTITY;
    }
    if (waiting == NULL) {
        return INSTALL_NO_CORRESPONDING_KEY_PAIR_GENERATED;
    }
    return memcmp(own.public_key, waiting + DEVICE_KEY_PUBLIC_KEY_AT, POINT_OCTETS) == 0
        ? INSTALL_SUCCESS
        : INSTALL_WRONG_PUBLIC_KEY;
}

uint8_t judge_own_certificate(struct octets octets, int16_t *usage)
{
    *usage = NO_OWN_USAGE;
    if (!certificate_parse(octets, &own)) {
        return INSTALL_INVALID_CERTIFICATE;
    }
    // The key usage comes before everything that a changed certificate breaks, as reference
    // messages show.
    if (!is_own_usage(KEY_USAGE_DIGITAL_SIGNATURE) && !is_own_usage(KEY_USAGE_KEY_AGREEMENT)) {
        return INSTALL_INVALID_KEY_USAGE;
    }
    *usage = is_own_usage(KEY_USAGE_DIGITAL_SIGNATURE) ? KEY_USAGE_DIGITAL_SIGNATURE
                                                       : KEY_USAGE_KEY_AGREEMENT;
    uint8_t code = mismatch((uint8_t)*usage);
    if (code == INSTALL_SUCCESS && !certificate_conforms(&own, KIND_DEVICE)) {
        return INSTALL_INVALID_CERTIFICATE;
    }
    if (code == INSTALL_SUCCESS && octets.length > MAX_CERTIFICATE_OCTETS) {
        return INSTALL_CERTIFICATE_STORAGE_FAILED;
    }
    return code;
}

void install_key(uint8_t key_usage, struct octets certificate)
{
    memcpy(put_key(key_usage, KEY_STATE_ACTIVE) + DEVICE_KEY_PRIVATE_KEY_AT,
           state_own_key(key_usage, KEY_STATE_PENDING) + DEVICE_KEY_PRIVATE_KEY_AT,
           DEVICE_KEY_PRIVATE_KEY_OCTETS + DEVICE_KEY_PUBLIC_KEY_OCTETS);
    uint8_t *body = changes_put(RECORD_DEVICE_CERTIFICATE, key_usage);
    write_le(body + DEVICE_CERTIFICATE_LENGTH_AT, certificate.length, 2);
    memcpy(body + DEVICE_CERTIFICATE_DER_AT, certificate.at, certificate.length);
    changes_remove(RECORD_DEVICE_KEY, (uint16_t)(key_usage << 4 | KEY_STATE_PENDING));
}

uint8_t find_own_certificate(uint8_t key_usage, struct octets *certificate)
{
    const uint8_t *body = store_body(RECORD_DEVICE_CERTIFICATE, key_usage);
    if (body == NULL) {
        return PROVIDE_NO_CERTIFICATE_HELD;
    }
    *certificate = octets_of(body + DEVICE_CERTIFICATE_DER_AT,
                             read_le16(body + DEVICE_CERTIFICATE_LENGTH_AT));
    return certificate_parse(*certificate, &own) ? 0 : PROVIDE_CERTIFICATE_RETRIEVAL_FAILURE;
}
