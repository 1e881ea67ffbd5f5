// New devices in one call: their own keys, certificates from a template, and their first image. What
// the bench does for one device (bench/dut/simulated/manufacture.py), to the octet.
#ifndef NATIVE_MANUFACTURE_H
#define NATIVE_MANUFACTURE_H

#include "native/engine.h"

// The TBSCertificate of one device's certificate, and where in it stands what is each device's own.
struct certificate_template {
    const uint8_t *tbs;
    size_t length;
    size_t serial_at;          // 16 octets
    size_t public_key_at;      // 65
    size_t key_identifier_at;  // 8
    size_t entity_at;          // 8
    uint8_t key_usage;
    const char *labels;        // of each device, `label_octets` each: its key and serial are drawn from it
    size_t label_octets;
};

enum { OWN_CERTIFICATES = 2 };

struct factory {
    uint8_t device_type;
    const uint8_t *pki_seed;     // 32 octets: of keys and serials
    const uint8_t *device_seed;  // 32 octets: of the devices' own randomness
    const uint8_t *issuer;       // 32 octets: signs the certificates
    struct certificate_template own[OWN_CERTIFICATES];
    const uint8_t *records;      // those that all devices have, as engine_provision takes them
    size_t records_octets;
};

// Provisions devices that are off; `entities` are Entity Identifiers of 8 octets. Returns how many
// got their image; the next one did not.
size_t engine_manufacture_all(const struct factory *factory, struct device *const *devices,
                              size_t count, const uint8_t *entities);

#endif
