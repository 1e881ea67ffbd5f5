// What is known of a certificate once it is read: its fields, as reader and rules share them.
#ifndef GBCS_CERTIFICATE_FIELDS_H
#define GBCS_CERTIFICATE_FIELDS_H

#include "crypto/crypto.h"
#include "octets.h"

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

#endif
