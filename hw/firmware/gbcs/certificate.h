// SMKI certificates as a device meets them: strict DER in, views out. See gbcs/certificates.py.
#ifndef GBCS_CERTIFICATE_H
#define GBCS_CERTIFICATE_H

#include "crypto/crypto.h"
#include "gbcs/octets.h"

enum {
    PUBLIC_KEY_INFO_OCTETS = 91,
    PUBLIC_KEY_PREFIX_OCTETS = PUBLIC_KEY_INFO_OCTETS - POINT_OCTETS,
    SIGNATURE_ALGORITHM_OCTETS = 12,
};

// Extensions that are understood: the bits of `present` and `critical`.
enum known_extension {
    EXTENSION_KEY_USAGE,
    EXTENSION_SUBJECT_KEY_IDENTIFIER,
    EXTENSION_SUBJECT_ALT_NAME,
    EXTENSION_BASIC_CONSTRAINTS,
    EXTENSION_CERTIFICATE_POLICIES,
    EXTENSION_AUTHORITY_KEY_IDENTIFIER,
    EXTENSION_WRAPPED_CONTINGENCY_KEY,
};

// Every view looks into the octets that were parsed.
struct certificate {
    struct octets octets;     // the exact DER
    struct octets tbs;        // what the issuer signed
    struct octets serial;     // content of the INTEGER
    struct octets issuer;     // the Name, tag and all
    struct octets subject;
    int64_t not_before;       // seconds since 1970, UTC
    int64_t not_after;
    const uint8_t *public_key;         // 65 octets; not checked to lie on the curve
    struct octets key_identifier;      // empty if absent
    struct octets authority_key_identifier;  // at == NULL if absent
    struct octets policies;            // content of certificatePolicies; empty if absent
    struct octets device_entity;       // 8 octets; empty if absent
    struct octets wrapped_contingency_key;  // DER value; at == NULL if absent
    int32_t path_length;               // -1 without limit; what exceeds 31 bits counts as 2^31 - 1
    uint16_t policy_count;
    uint16_t key_usages;               // bit n is KeyUsage bit n
    uint8_t present;                   // 1 << known_extension
    uint8_t critical;
    bool unknown_critical;
    bool is_ca;
    bool has_signature;                // false: nothing verifies it
    bool has_unique_id;                // the subject's unique identifier (EUI-64)
    int16_t role;                      // of the subject's organisational unit; -1 if none
    uint8_t unique_id[8];
    uint8_t signature[SIGNATURE_OCTETS];
};

// False if the octets are not a certificate (RemoteError in firmware_sim.gbcs.certificates).
bool certificate_parse(struct octets octets, struct certificate *certificate);

// The profiles that a device holds certificates against; those of a path it only follows.
enum certificate_kind {
    KIND_ROOT_OCA,
    KIND_ORGANISATION,
    KIND_DEVICE,
};

// Whether it keeps every rule of its profile (gbcs/certificate_profiles.py).
bool certificate_conforms(const struct certificate *certificate, enum certificate_kind kind);

// Whether the key may be held for a usage: exactly that, a CA's may also sign CRLs.
bool certificate_serves(const struct certificate *certificate, uint8_t key_usage);

// Whether issuer and subject are the same name, which is not empty.
bool certificate_is_self_issued(const struct certificate *certificate);

// The 65-octet point in a SubjectPublicKeyInfo, not checked to lie on the curve; NULL for another
// algorithm, curve or point format (GBCS 12: P-256, uncompressed).
const uint8_t *point_of_key_info(struct octets info);

// What every such SubjectPublicKeyInfo starts with, and AlgorithmIdentifier of ECDSA with SHA-256.
extern const uint8_t public_key_prefix[PUBLIC_KEY_PREFIX_OCTETS];
extern const uint8_t signature_algorithm[SIGNATURE_ALGORITHM_OCTETS];

// RFC 5280 7.1, as gbcs/distinguished_name.py compares names; see gbcs/name.h.
bool names_match(struct octets one, struct octets other);

// The value of the root's extension, opened with the 16-octet symmetric key into a 65-octet
// point; id-aes128-wrap-pad only (gbcs/contingency.py). False: it does not unwrap.
bool contingency_unwrap(struct octets value, struct octets symmetric_key,
                        uint8_t public_key[POINT_OCTETS]);

// Whether it holds a key, wrapped with an algorithm that has a name in gbcs/contingency.py.
bool contingency_is_readable(struct octets value);

// Whether some symmetric key could make contingency_unwrap succeed.
bool contingency_is_unwrappable(struct octets value);

#endif
