#include "native/manufacture.h"

#include "crypto/crypto.h"
#include "gbcs/certificate.h"
#include "gbcs/der.h"
#include "gbcs/key_identifier.h"
#include "gbcs/signature_value.h"
#include "generated/layout.h"
#include "generated/tables.h"
#include "machine/drbg.h"
#include "machine/staging.h"
#include "machine/store.h"
#include "native/device.h"

enum { SERIAL_OCTETS = 16, ENTITY_OCTETS = 8, SEED_OCTETS = 32, LONGEST_LABEL = 128 };

static const char serial_label[] = "serial ";
static const char device_label[] = "device ";

struct key_pair {
    uint8_t scalar[SCALAR_OCTETS];
    uint8_t point[POINT_OCTETS];
};

// Starts a generator whose personalisation is two texts, one behind the other.
static void start(struct drbg *drbg, const uint8_t *seed, struct octets first, struct octets second)
{
    uint8_t text[LONGEST_LABEL];
    struct writer writer = writer_over(text, sizeof text);
    put_octets(&writer, first.at, first.length);
    put_octets(&writer, second.at, second.length);
    drbg_start(drbg, octets_of(seed, SEED_OCTETS), written(&writer));
}

static void draw_key(const struct factory *factory, struct octets label, struct key_pair *pair)
{
    struct drbg drbg;
    start(&drbg, factory->pki_seed, label, octets_of(NULL, 0));
    drbg_private_key(&drbg, pair->scalar);
    crypto_public_key(pair->scalar, pair->point);
}

static void draw_serial(const struct factory *factory, struct octets label,
                        uint8_t serial[SERIAL_OCTETS])
{
    struct drbg drbg;
    start(&drbg, factory->pki_seed, octets_of(serial_label, sizeof serial_label - 1), label);
    drbg_generate(&drbg, serial, SERIAL_OCTETS);
    serial[0] = (uint8_t)((serial[0] & 0x3F) | 0x40);  // positive, and no octet shorter
}

static void put_certificate(struct writer *writer, const struct factory *factory,
                            const struct certificate_template *template, struct octets label,
                            const uint8_t *entity, const uint8_t *point)
{
    uint8_t tbs[DEVICE_CERTIFICATE_DER_OCTETS], digest[DIGEST_OCTETS], signature[SIGNATURE_OCTETS];
    memcpy(tbs, template->tbs, template->length);
    draw_serial(factory, label, tbs + template->serial_at);
    memcpy(tbs + template->public_key_at, point, POINT_OCTETS);
    key_identifier_of(point, tbs + template->key_identifier_at);
    memcpy(tbs + template->entity_at, entity, ENTITY_OCTETS);
    crypto_sha256(octets_of(tbs, template->length), digest);
    crypto_sign(factory->issuer, digest, signature);
    const size_t whole = der_begin(writer, DER_SEQUENCE);
    put_octets(writer, tbs, template->length);
    put_octets(writer, signature_algorithm, SIGNATURE_ALGORITHM_OCTETS);
    signature_value_put(writer, signature);
    der_end(writer, whole);
}

static bool stage_own(const struct factory *factory, const struct certificate_template *template,
                      size_t number, const uint8_t *entity)
{
    const struct octets label =
        octets_of(template->labels + number * template->label_octets, template->label_octets);
    struct key_pair pair;
    uint8_t key[BODY_OCTETS_DEVICE_KEY] = {0};
    uint8_t certificate[BODY_OCTETS_DEVICE_CERTIFICATE] = {0};
    struct writer der =
        writer_over(certificate + DEVICE_CERTIFICATE_DER_AT, DEVICE_CERTIFICATE_DER_OCTETS);
    draw_key(factory, label, &pair);
    key[DEVICE_KEY_STATE_AT] = KEY_STATE_ACTIVE;
    memcpy(key + DEVICE_KEY_PRIVATE_KEY_AT, pair.scalar, SCALAR_OCTETS);
    memcpy(key + DEVICE_KEY_PUBLIC_KEY_AT, pair.point, POINT_OCTETS);
    put_certificate(&der, factory, template, label, entity, pair.point);
    write_le(certificate + DEVICE_CERTIFICATE_LENGTH_AT, der.length, 2);
    const uint16_t key_number = (uint16_t)(template->key_usage << 4 | KEY_STATE_ACTIVE);
    const bool is_staged =
        !der.overflowed
        && stage_record(RECORD_DEVICE_KEY, key_number, octets_of(key, sizeof key)) == STAGED
        && stage_record(RECORD_DEVICE_CERTIFICATE, template->key_usage,
                        octets_of(certificate, sizeof certificate)) == STAGED;
    crypto_wipe(&pair, sizeof pair);
    crypto_wipe(key, sizeof key);
    return is_staged;
}

static bool stage_identity(const struct factory *factory, const uint8_t *entity)
{
    uint8_t identity[BODY_OCTETS_IDENTITY] = {0};
    struct drbg drbg;
    start(&drbg, factory->device_seed, octets_of(device_label, sizeof device_label - 1),
          octets_of(entity, ENTITY_OCTETS));
    identity[IDENTITY_DEVICE_TYPE_AT] = factory->device_type;
    memcpy(identity + IDENTITY_ENTITY_AT, entity, ENTITY_OCTETS);
    drbg_generate(&drbg, identity + IDENTITY_SEED_AT, IDENTITY_SEED_OCTETS);
    return stage_record(RECORD_IDENTITY, 0, octets_of(identity, sizeof identity)) == STAGED;
}

struct piece {
    const struct factory *factory;
    size_t number;
    const uint8_t *entity;
};

static int make(void *argument)
{
    const struct piece *piece = argument;
    const struct factory *factory = piece->factory;
    changes_begin();
    if (!stage_records(octets_of(factory->records, factory->records_octets))
        || !stage_identity(factory, piece->entity)) {
        return ENGINE_BAD_RECORD;
    }
    for (size_t i = 0; i < OWN_CERTIFICATES; i++) {
        if (!stage_own(factory, &factory->own[i], piece->number, piece->entity)) {
            return ENGINE_BAD_RECORD;
        }
    }
    return (int)store_format(factory->device_type, piece->entity);
}

static bool fits(const struct factory *factory)
{
    for (size_t i = 0; i < OWN_CERTIFICATES; i++) {
        const struct certificate_template *own = &factory->own[i];
        if (own->length > DEVICE_CERTIFICATE_DER_OCTETS
            || own->label_octets > LONGEST_LABEL - sizeof serial_label) {
            return false;
        }
    }
    return true;
}

size_t engine_manufacture_all(const struct factory *factory, struct device *const *devices,
                              size_t count, const uint8_t *entities)
{
    if (!fits(factory)) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        struct piece piece = {factory, i, entities + i * ENTITY_OCTETS};
        run_device(devices[i]);
        if (with_power(make, &piece) != STORE_OK) {
            return i;
        }
    }
    return count;
}
