// Certification path validation as a device does it, against the key in its root cell.
#ifndef GBCS_PATH_H
#define GBCS_PATH_H

#include "gbcs/certificate.h"

enum { MAX_INTERMEDIATES = 4, MAX_PATH = MAX_INTERMEDIATES + 1 };

struct anchor {
    struct octets subject;         // the Name, tag and all
    const uint8_t *public_key;     // 65 octets
    const uint8_t *key_identifier; // 8 octets
};

struct path {
    size_t count;
    const struct certificate *certificates[MAX_PATH];  // from the one asked about upwards
};

// Whether a valid path to the anchor exists; the first one found is in `path`. No time checks:
// the caller compares the periods of the certificates in `path` with the moment.
bool path_validate(const struct certificate *certificate, const struct certificate *intermediates,
                   size_t count, const struct anchor *anchor, struct path *path);

// Whether the key signed the certificate; what is known already (signature_facts.h) is not verified
// again.
bool path_is_signed_by(const struct certificate *certificate,
                       const uint8_t issuer_key[POINT_OCTETS]);

#endif
